import BusClient
import CMalloc
import Foundation
import LocalHouse
import Synchronization

/// CPU of this process per durable event: published, confirmed, consumed and acknowledged, with its envelope encoded
/// and read; against bare librabbitmq with the same bytes ready made. Then what is left in memory after many.
struct BusCostBench {
    let house: House
    let rounds: Int
    private static let events = 20_000
    private static let warmUp = 2_000
    /// How many may be on their way: a full stream, not a full memory.
    private static let inFlight = 1_000
    private static let leakRounds = 4

    func run() async throws {
        let body = try BusBench.body()
        var ours: [Double] = []
        var peers: [Double] = []
        for _ in 0..<rounds {
            ours.append(try await client(Self.events))
            try await house.broker.purge(BusBench.queue)
            peers.append(try await peer(body))
        }
        Figure(name: "bus.client", value: median(ours), unit: "us/event", against: ("librabbitmq", median(peers)))
            .print()
        try await memory()
    }

    /// Microseconds of CPU an event, after a warm-up.
    private func client(_ count: Int) async throws -> Double {
        let stream = try await BusStream.open(house)
        try await stream.send(Self.warmUp, inFlight: Self.inFlight)
        let before = ownMicroseconds()
        try await stream.send(count, inFlight: Self.inFlight)
        let used = ownMicroseconds() - before
        await stream.close()
        return used / Double(count)
    }

    private func peer(_ body: [UInt8]) async throws -> Double {
        let (sending, reading) = (try BrokerPeer(house.broker), try BrokerPeer(house.broker))
        let before = ownMicroseconds()
        async let read: Void = reading.consume(BusBench.queue, count: Self.events, prefetch: 100)
        try await sending.publish(
            body, to: "rufbus.events", key: BusBench.event(0).key, count: Self.events, window: 200)
        try await read
        return (ownMicroseconds() - before) / Double(Self.events)
    }

    /// Resident memory after 100,000 events against that after 20,000, through one pair of connections.
    private func memory() async throws {
        let stream = try await BusStream.open(house)
        try await stream.send(Self.events, inFlight: Self.inFlight)
        let first = Self.residentMebibytes()
        for _ in 0..<Self.leakRounds { try await stream.send(Self.events, inFlight: Self.inFlight) }
        let last = Self.residentMebibytes()
        await stream.close()
        Figure(name: "bus.memory", value: last, unit: "MiB", against: ("after-20000-events", first)).print()
        guard last < first + 2 else { throw HouseError("grew by \(last - first) MiB in 80,000 events") }
    }

    private static func residentMebibytes() -> Double {
        malloc_trim(0)
        return Double(ProcessFigures.residentBytes(getpid()) ?? 0) / 1_048_576
    }
}

/// Signaling publishes, the journal reads: two buses of this process and the queue between them.
private final class BusStream: Sendable {
    private let signaling: Bus, journal: Bus
    private struct Counts { var sent = 0, confirmed = 0, read = 0 }
    private let counts = Mutex(Counts())

    static func open(_ house: House) async throws -> BusStream {
        let stream = BusStream(house)
        try await stream.journal.open()
        try await stream.signaling.open()
        return stream
    }

    private init(_ house: House) {
        (signaling, journal) = (BusBench.bus(house, "signaling"), BusBench.bus(house, "journal"))
        journal.consume(BusBench.queue, prefetch: 100) { [unowned self] delivery in
            if case .success(let received) = Result(catching: delivery.envelope), received.position != nil {
                counts.withLock { $0.read += 1 }
            }
            delivery.acknowledge()
        }
    }

    func close() async {
        await signaling.close()
        await journal.close()
    }

    /// Returns when so many more are confirmed and read.
    func send(_ count: Int, inFlight: Int) async throws {
        let begin = counts.withLock { $0.sent }
        let end = ContinuousClock.now + .seconds(120)
        for number in begin..<(begin + count) {
            counts.withLock { $0.sent += 1 }
            BusBench.event(number).publish(on: signaling) { [self] _ in counts.withLock { $0.confirmed += 1 } }
            if number % 100 == 0 { try await wait(until: end) { $0.sent - $0.read < inFlight } }
        }
        try await wait(until: end) { $0.read == $0.sent && $0.confirmed == $0.sent }
    }

    private func wait(until end: ContinuousClock.Instant, _ isSo: (Counts) -> Bool) async throws {
        while !isSo(counts.withLock { $0 }) {
            guard ContinuousClock.now < end else { throw HouseError("the stream stands: \(counts.withLock { $0 })") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
