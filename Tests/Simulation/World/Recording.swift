import CallControl
import TelephonyModel

/// What a seat was told in one schedule, and when by its own clock: enough to replay it without the world.
package struct Recording: Sendable {
    package let seat: Seat
    package let steps: [(event: Seat.Event, at: Instant)]

    package init(seed: UInt64) {
        let world = World(seed: seed)
        let recorder = Recorder()
        world.witnesses = [recorder]
        seat = world.seat
        _ = world.run()
        steps = recorder.steps
    }
}

private final class Recorder: Witness {
    var steps: [(event: Seat.Event, at: Instant)] = []
    func before(_ event: Seat.Event, _ world: World) { steps.append((event, world.clock.seat(world.now))) }
    func after(_ event: Seat.Event, _ world: World) {}
}
