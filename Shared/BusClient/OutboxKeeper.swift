import Foundation
import Logging

/// The thread that owns the outbox file: writes down what the ledger says, and takes out what is settled. Not Sendable:
/// it never leaves its thread. A disk that hangs holds up nobody but those who wait for `finished`.
final class OutboxKeeper {
    /// Between two looks for confirms that stay out. What no seat keeps, and everything while the bus is away, wakes
    /// the thread.
    static let tick = UInt64.milliseconds(100)
    /// Between two attempts to write to a file that takes nothing.
    static let retry = UInt64.milliseconds(1_000)
    /// Bytes written in one go.
    static let batch = 256 << 10

    private let shared: Publisher
    private let file: OutboxFile
    private var settled: UInt64 = 0
    private var refusedAt: UInt64?

    init(_ shared: Publisher, _ file: OutboxFile) { (self.shared, self.file) = (shared, file) }

    /// Until `Publisher.endOutbox`; then all that is not settled is written down.
    func run() {
        while true {
            let (isLast, upTo) = shared.waiting.withLock {
                ($0.keeperEnds, $0.outbox.ledger?.settledUpTo ?? 0)
            }
            settle(upTo)
            let mayWrite = refusedAt.map { Clock.now() >= $0 + Self.retry } ?? true
            if isLast || mayWrite { write(isLast: isLast) }
            // What is given up after the end counts as settled too, but the file is to keep it.
            if isLast { return file.sync() }
            shared.keeperWake.wait(socket: nil, nanoseconds: Self.tick)
        }
    }

    private func settle(_ upTo: UInt64) {
        guard upTo > settled else { return }
        settled = upTo
        file.settle(upTo: upTo)
    }

    private func write(isLast: Bool) {
        var (isLate, wrote) = (isLast, false)
        while true {
            let due = shared.waiting.withLock { waiting in
                let now = isLast ? .max : Clock.now()
                isLate = isLate || waiting.outbox.ledger?.isLate(now: now) == true
                waiting.keeperIsSignalled = false
                return waiting.outbox.ledger?.due(now: now, bytes: Self.batch) ?? []
            }
            guard !due.isEmpty else { break }
            wrote = true
            if !write(due) { break }
        }
        if !wrote { forgive() }
        if isLate, wrote { file.sync() }
    }

    /// With nothing to write a refusal is over: the next event will show.
    private func forgive() {
        guard refusedAt != nil else { return }
        refusedAt = nil
        shared.waiting.withLock { $0.outbox.ledger?.filed([], refusal: nil) }
    }

    /// False if the file did not take all of it.
    private func write(_ due: [Outgoing]) -> Bool {
        let now = WallClock.milliseconds()
        let (written, refusal) = file.append(due.map { $0.event(now) })
        let wasRefused = shared.waiting.withLock { waiting in
            defer { waiting.outbox.ledger?.filed(due.prefix(written).compactMap(\.number), refusal: refusal) }
            return waiting.outbox.ledger?.refusal != nil
        }
        shared.counting.count(\.filed, written)
        shared.wake.signal()  // Some of it may have waited for this.
        refusedAt = refusal == nil ? nil : Clock.now()
        if let refusal, !wasRefused { shared.logger.error("outbox refuses", metadata: ["why": "\(refusal)"]) }
        if refusal == nil, wasRefused { shared.logger.notice("outbox takes events again") }
        return refusal == nil
    }
}

extension Outgoing {
    fileprivate func event(_ now: Int64) -> OutboxRecord.Event {
        guard let number else { preconditionFailure("an event without a number") }
        return OutboxRecord.Event(
            number: number, writtenAt: now, exchange: exchange, key: key, type: type, id: id, body: body)
    }

    /// As an earlier process would send it.
    init(_ event: OutboxRecord.Event) {
        self.init(
            exchange: event.exchange, key: event.key, type: event.type, id: event.id, body: event.body, kind: .event,
            durable: true, number: event.number)
    }
}

/// Milliseconds since 1970: for ages, never for order.
enum WallClock {
    static func milliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
