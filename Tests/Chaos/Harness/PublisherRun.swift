import BusClient
import BusContract
import Foundation
import Logging
import Synchronization
import TelephonyModel

/// The life of a publisher process: says its part of a workload at a steady pace, as signaling would, and writes how
/// far it is to standard output, a line (`PublisherProgress`) every tenth of a second. It ends when all is confirmed.
public struct PublisherRun: Sendable {
    public var busURL: String
    public var instance: String
    public var workload: Workload
    public var part: Int
    public var parts: Int
    /// Events a second.
    public var rate: Int
    /// Folder of its outbox file; nil: none.
    public var outbox: String?
    /// Where it reads all events too, as the broker's user `tap`; nil: nowhere.
    public var listensAt: String?

    public init(busURL: String, instance: String, workload: Workload, part: Int, parts: Int, rate: Int) {
        (self.busURL, self.instance, self.workload) = (busURL, instance, workload)
        (self.part, self.parts, self.rate) = (part, parts, rate)
    }

    public func run() async throws {
        let bus = Bus(
            BusSettings(
                url: busURL, service: "signaling", instance: InstanceID(unchecked: instance), outbox: outbox),
            logger: Logger(label: "publisher"))
        try await bus.open()
        let listener = try await listener()
        let counted = Counted()
        let telling = Task { await tell(bus, counted) }
        if rate > 0 { try await say(on: bus, counted) } else { try await Task.sleep(for: .seconds(600)) }
        while !counted.isComplete { try await Task.sleep(for: .milliseconds(20)) }
        telling.cancel()
        await telling.value
        await listener?.close()
        await bus.close()
    }

    private func listener() async throws -> Bus? {
        guard let listensAt else { return nil }
        let bus = Bus(
            BusSettings(url: listensAt, service: "tap", instance: InstanceID(unchecked: instance)),
            logger: Logger(label: "listener"), passive: true)
        bus.listen(["#"]) { received in
            do { _ = try received.data(JSONValue.self) } catch { fatalError("\(received.type): \(error)") }
        }
        try await bus.open()
        return bus
    }

    private func say(on bus: Bus, _ counted: Counted) async throws {
        let begin = ContinuousClock.now
        for (number, event) in workload.events(of: part, parts: parts).enumerated() {
            let due = begin + .microseconds(number * 1_000_000 / rate)
            if due > .now { try await Task.sleep(until: due) }
            if event.step == .started { try await waitForRoom(bus, counted) }
            counted.sent()
            event.publish(on: bus) { counted.settled($0) }
        }
        counted.allSent()
    }

    /// New work is refused while it might not be kept; calls that run already go on.
    private func waitForRoom(_ bus: Bus, _ counted: Counted) async throws {
        while let refusal = bus.noRoom {
            if counted.refuse() { FileHandle.standardError.write(Data("refused: \(refusal)\n".utf8)) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Until cancelled; the last line says how it ended.
    private func tell(_ bus: Bus, _ counted: Counted) async {
        repeat {
            let progress = counted.progress(bus)
            FileHandle.standardOutput.write(Data((progress.line + "\n").utf8))
            do { try await Task.sleep(for: .milliseconds(100)) } catch {}
        } while !Task.isCancelled
        FileHandle.standardOutput.write(Data((counted.progress(bus).line + "\n").utf8))
    }
}

private final class Counted: Sendable {
    private struct Counts { var sent = 0, confirmed = 0, dropped = 0, refusals = 0, hasSentAll = false }
    private let counts = Mutex(Counts())

    func sent() { counts.withLock { $0.sent += 1 } }
    /// Whether it is the first time.
    func refuse() -> Bool {
        counts.withLock { counts in
            counts.refusals += 1
            return counts.refusals == 1
        }
    }
    func allSent() { counts.withLock { $0.hasSentAll = true } }
    func settled(_ isConfirmed: Bool) {
        counts.withLock { if isConfirmed { $0.confirmed += 1 } else { $0.dropped += 1 } }
    }
    var isComplete: Bool { counts.withLock { $0.hasSentAll && $0.confirmed + $0.dropped == $0.sent } }
    func progress(_ bus: Bus) -> PublisherProgress {
        let counts = counts.withLock { $0 }
        return PublisherProgress(
            sent: counts.sent, confirmed: counts.confirmed, dropped: counts.dropped, filed: bus.counters.filed,
            refusals: counts.refusals, state: "\(bus.state)")
    }
}

/// How far a publisher is.
public struct PublisherProgress: Sendable, Hashable {
    public var sent = 0, confirmed = 0, dropped = 0
    /// Events that were written to the outbox file.
    public var filed = 0
    /// How often new work was refused for want of room.
    public var refusals = 0
    /// A `BusState` by its name.
    public var state = "lost"

    public init() {}
    init(sent: Int, confirmed: Int, dropped: Int, filed: Int, refusals: Int, state: String) {
        (self.sent, self.confirmed, self.dropped, self.filed) = (sent, confirmed, dropped, filed)
        (self.refusals, self.state) = (refusals, state)
    }

    var line: String { "\(sent) \(confirmed) \(dropped) \(filed) \(refusals) \(state)" }

    /// Nil if this is no whole line.
    public init?(_ line: Substring) {
        let words = line.split(separator: " ")
        let numbers = words.prefix(5).compactMap { Int($0) }
        guard words.count == 6, numbers.count == 5 else { return nil }
        self.init(
            sent: numbers[0], confirmed: numbers[1], dropped: numbers[2], filed: numbers[3], refusals: numbers[4],
            state: String(words[5]))
    }
}
