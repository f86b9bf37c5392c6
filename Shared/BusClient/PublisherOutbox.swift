import BusContract
import Foundation
import Logging

// The publisher and its outbox file: opened before the first connection, ended after the last.
extension Publisher {
    /// Opens the file of `bus.outbox`, if there is one, and puts what an earlier process left before all that waits.
    /// - Throws: `.outbox`.
    func openOutbox() throws(BusError) {
        guard let folder = settings.outbox else { return }
        let file = try OutboxFile(
            folder: folder, name: "\(settings.service)-\(settings.instance)", now: WallClock.milliseconds())
        report(file)
        reportOthers(beside: file, in: folder)
        let ledger = OutboxLedger(last: file.last) { [weak self] number in
            self?.waiting.withLock { $0.outbox.ledger?.settle(number) }
        }
        let recovered = file.recovered.map { Outgoing($0) }
        waiting.withLock { $0.outbox.begin(ledger, recovered: recovered, now: Clock.now()) }
        keeperRuns.enter()
        // Handed over: nobody else knows the file.
        nonisolated(unsafe) let keeper = OutboxKeeper(self, file)
        let thread = Thread { [keeperRuns] in
            keeper.run()
            keeperRuns.leave()
        }
        thread.name = "bus-outbox"
        thread.start()
    }

    private func report(_ file: OutboxFile) {
        counting.count(\.recovered, file.recovered.count)
        if !file.recovered.isEmpty {
            logger.notice("outbox", metadata: ["recovered": "\(file.recovered.count)", "path": "\(file.path)"])
        }
        for damage in file.damages {
            logger.error(
                "outbox is damaged: what stood there is lost",
                metadata: ["path": "\(file.path)", "offset": "\(damage.offset)", "bytes": "\(damage.bytes)"])
        }
        if file.expired > 0 {
            logger.error(
                "events in the outbox are too old and not sent",
                metadata: ["path": "\(file.path)", "count": "\(file.expired)"])
        }
    }

    /// A replica that was given another name, or is gone for good, leaves its events behind: only its own name sends
    /// them.
    private func reportOthers(beside file: OutboxFile, in folder: String) {
        for other in OutboxFile.others(in: folder, beside: file.path) {
            logger.warning(
                "bus.outbox holds events of another instance: unless it runs, start it once under its name",
                metadata: ["path": "\(other.path)", "bytes": "\(other.bytes)"])
        }
    }

    /// Writes what is not settled to the file and ends its thread; waits for a disk that hangs 5 s at most. Any number
    /// of times.
    func endOutbox() {
        guard settings.outbox != nil else { return }
        let mayWait = waiting.withLock { waiting in
            waiting.keeperEnds = true
            return !waiting.keeperHangs
        }
        guard mayWait else { return }
        keeperWake.signal()
        if keeperRuns.wait(timeout: .now() + .seconds(5)) == .timedOut {
            waiting.withLock { $0.keeperHangs = true }
            logger.error("bus.outbox: its disk does not answer", metadata: ["folder": "\(settings.outbox ?? "")"])
        }
    }

    /// At the end: whether the file has it for the next process.
    func isKept(_ message: Outgoing) -> Bool {
        guard let number = message.number else { return false }
        endOutbox()
        return waiting.withLock { $0.outbox.ledger?.isFiled(number) == true }
    }

    private static let hanging = BusError(
        .outbox, "bus.outbox: its disk does not answer; new work waits until it does")

    /// See `Bus.noRoom`.
    var noRoom: BusError? {
        waiting.withLock { waiting in
            if let refusal = waiting.outbox.ledger?.refusal { return refusal }
            if waiting.outbox.ledger?.hangs(now: Clock.now()) == true { return Self.hanging }
            return waiting.outbox.bytes > Outbox.newWorkLimit ? Self.full : nil
        }
    }
}

extension Publisher.Waiting {
    /// Whether the outbox file's thread is to be woken for what was just added.
    mutating func wakesKeeper(_ now: UInt64) -> Bool {
        guard !keeperIsSignalled, outbox.ledger?.isDue(now: now) == true else { return false }
        keeperIsSignalled = true
        return true
    }
}
