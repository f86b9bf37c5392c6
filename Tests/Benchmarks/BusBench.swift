import BusClient
import BusContract
import ChaosHarness
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel

/// What a message costs through BusClient, against the same by bare librabbitmq in the same run.
struct BusBench {
    let house: House
    let rounds: Int
    static let user = UserID(unchecked: "user-1")
    static let queue = Topology.eventQueue(RoutingKey.partition(of: user))
    private static let rates = [50, 400]
    private static let seconds = 5

    static func run(rounds: Int) async throws {
        let house = try await House.start([.broker])
        do {
            let bench = BusBench(house: house, rounds: rounds)
            for rate in rates { try await bench.confirms(rate) }
            for rate in rates { try await bench.roundtrips(rate) }
            try await BusCostBench(house: house, rounds: rounds).run()
        } catch {
            await house.stop()
            throw error
        }
        await house.stop()
        try await PlainCallBench.run()
    }

    // MARK: Times

    /// From `publish` to the broker's word that it has the message; a second of ours, a second of the peer's, in turn.
    private func confirms(_ rate: Int) async throws {
        let signaling = Self.bus(house, "signaling")
        try await signaling.open()
        let bare = try BrokerPeer(house.broker)
        var (ours, peer): ([Double], [Double]) = ([], [])
        for _ in 0..<Self.seconds {
            ours += try await timed(rate) { number, done in
                Self.event(number).publish(on: signaling) { _ in done() }
            }
            peer += try await bare.confirmTimes(
                Self.body(), to: Topology.events, key: Self.event(0).key, count: rate, rate: rate)
        }
        await signaling.close()
        report("bus.confirm", rate, ours, peer)
        try await house.broker.purge(Self.queue)
    }

    /// From a question to its answer, likewise.
    private func roundtrips(_ rate: Int) async throws {
        let (cti, signaling) = (Self.bus(house, "cti"), Self.bus(house, "signaling"))
        signaling.serve(ClearConnection.self) { _, responder in responder.answer(Done()) }
        try await signaling.open()
        try await cti.open()
        let request = ClearConnection(call: CallID(unchecked: "call-1"), user: Self.user)
        var (ours, peer): ([Double], [Double]) = ([], [])
        for _ in 0..<Self.seconds {
            ours += try await timed(rate) { _, done in
                cti.request(request, to: signaling.instance) { _ in done() }
            }
            peer += try await bareRoundtrips(rate)
        }
        await cti.close()
        await signaling.close()
        report("bus.roundtrip", rate, ours, peer)
    }

    private func bareRoundtrips(_ rate: Int) async throws -> [Double] {
        let (asking, answering) = (try BrokerPeer(house.broker), try BrokerPeer(house.broker))
        async let echo: Void = answering.echo("peer.echo", count: rate)
        try await Task.sleep(for: .milliseconds(300))
        let times = try await asking.askTimes(Self.body(), queue: "peer.echo", count: rate, rate: rate)
        await echo
        return times
    }

    /// Milliseconds of each in one second, begun at a steady pace.
    private func timed(
        _ rate: Int, _ begin: (Int, @escaping @Sendable () -> Void) -> Void
    ) async throws -> [Double] {
        let count = rate
        let collected = Collected()
        let start = ContinuousClock.now
        for number in 0..<count {
            try await Task.sleep(until: start + .microseconds(number * 1_000_000 / rate))
            let began = ContinuousClock.now
            begin(number) { collected.add((ContinuousClock.now - began) / .milliseconds(1)) }
        }
        let end = ContinuousClock.now + .seconds(10)
        while collected.all.count < count, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(10)) }
        guard collected.all.count == count else { throw HouseError("\(collected.all.count) of \(count) were answered") }
        return collected.all
    }

    private func report(_ name: String, _ rate: Int, _ ours: [Double], _ peer: [Double]) {
        for percent in [50.0, 99] {
            Figure(
                name: "\(name).\(rate).p\(Int(percent))", value: percentile(ours, percent), unit: "ms",
                against: ("librabbitmq", percentile(peer, percent))
            ).print()
        }
    }

    // MARK: What is sent

    static func bus(_ house: House, _ service: String) -> Bus {
        Bus(
            BusSettings(
                url: house.broker.url(for: service), service: service, instance: InstanceID(unchecked: "bench")),
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Ten to a call, as a plain one has them.
    static func event(_ number: Int) -> PlannedEvent {
        let steps = PlannedEvent.Step.allCases
        return PlannedEvent(
            call: CallID(unchecked: "bench-\(number / steps.count)"), user: user, step: steps[number % steps.count])
    }

    /// The bytes of a `call.answered`, with its envelope.
    static func body() throws -> [UInt8] {
        let event = PlannedEvent(call: CallID(unchecked: "bench-1"), user: user, step: .answered)
        guard let state = event.state else { throw HouseError("call.answered has no state") }
        let envelope = Envelope(
            id: uuid7(), source: "rufbus/signaling/bench", type: event.type, time: Timestamp.now(),
            position: event.position, data: state)
        return Array(try JSONEncoder().encode(envelope))
    }
}

/// Times from any thread.
final class Collected: Sendable {
    private let times = Mutex<[Double]>([])
    func add(_ time: Double) { times.withLock { $0.append(time) } }
    var all: [Double] { times.withLock { $0 } }
}
