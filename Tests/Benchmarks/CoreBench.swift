import CallControl
import Simulator

/// What one event costs the call core: schedules of the simulator are recorded, then replayed without their world.
enum CoreBench {
    private static let schedules: UInt64 = 5_000

    static func run(rounds: Int) {
        let recordings = (1...schedules).map { Recording(seed: $0) }
        _ = times(recordings)  // Warm.
        let took = (0..<max(1, rounds)).flatMap { _ in times(recordings) }
        Figure(name: "core.event", value: median(took), unit: "us").print()
        Figure(name: "core.event.p99", value: percentile(took, 99), unit: "us").print()
    }

    /// Microseconds of each event.
    private static func times(_ recordings: [Recording]) -> [Double] {
        let clock = ContinuousClock()
        var times: [Double] = []
        for recording in recordings {
            var seat = recording.seat
            for step in recording.steps {
                let start = clock.now
                let effects = seat.handle(step.event, at: step.at)
                let took = clock.now - start
                withExtendedLifetime(effects) { times.append(took / .microseconds(1)) }
            }
        }
        return times
    }
}
