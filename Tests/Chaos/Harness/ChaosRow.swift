import Foundation
import LocalHouse

/// One fault in the middle of a workload.
public struct ChaosRow: Sendable {
    public let name: String
    /// Whether the short form has it.
    public let isQuick: Bool
    /// Whether the ways to the servers lead through the relays.
    var relayed = false
    var outbox = Outbox.none
    let fault: @Sendable (RowRun) async throws -> Void

    /// Where publishers keep what is not confirmed.
    enum Outbox: Sendable {
        case none, folder
        /// A folder on a disk of so many KiB.
        case disk(Int)
    }

    /// What was seen.
    public struct Outcome: Sendable {
        public let line: String
        public let isRight: Bool
    }
}

extension ChaosHouse {
    /// Starts the publishers, lets the fault happen, waits until all is stored, counts.
    public func run(_ row: ChaosRow) async -> ChaosRow.Outcome {
        let begin = ContinuousClock.now
        let workload = Workload(name: row.name, seed: form.seed, calls: form.calls)
        var publishers: [PublisherProcess] = []
        do {
            if row.relayed { try await startJournals(relayed: true) }
            publishers = try startPublishers(workload, row)
            let run = RowRun(self, workload, publishers)
            try await row.fault(run)
            let ledger = try await settled(run)
            if row.relayed { try await startJournals(relayed: false) }
            return outcome(row, run, ledger, ContinuousClock.now - begin)
        } catch {
            for publisher in publishers { await publisher.child.kill() }
            return ChaosRow.Outcome(line: "row \(row.name) FAILED: \(error)\(await mend())", isRight: false)
        }
    }

    /// Makes the house whole for the next row; answers what stands in the way.
    private func mend() async -> String {
        busRelay.set(.open)
        databaseRelay.set(.open)
        do {
            if broker.server == nil { try await broker.start() }
            if database.server == nil { try await database.start() }
            try await broker.setMemoryLimit(share: Broker.usualMemoryShare)
            try await broker.setDiskLimit(free: Broker.usualDiskLimit)
            try await startJournals(relayed: false)
            return ""
        } catch { return "; the next rows will fail too: \(error)" }
    }

    /// Waits until the publishers are done and nothing more is to come, or for too long.
    private func settled(_ run: RowRun) async throws -> Ledger {
        for publisher in run.publishers {
            let exit = await publisher.child.wait(limit: .seconds(180))
            if exit != .status(0), !(exit == .signal(SIGKILL) && run.publishersAreKilled) {
                run.mistake("a publisher: \(exit.map { "\($0)" } ?? "not done"): \(publisher.child.logTail(3))")
                await publisher.child.kill()
            }
        }
        let end = ContinuousClock.now + .seconds(60)
        var ledger = try await Ledger(of: run.workload, in: database)
        while !ledger.isComplete, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(200))
            ledger = try await Ledger(of: run.workload, in: database)
        }
        return ledger
    }

    private func outcome(_ row: ChaosRow, _ run: RowRun, _ ledger: Ledger, _ time: Duration) -> ChaosRow.Outcome {
        let dropped = run.publishers.map(\.progress.dropped).reduce(0, +)
        run.require(dropped == 0, "publishers dropped \(dropped)")
        let isRight = ledger.isRight && run.mistakes.isEmpty
        var words = [
            "row \(row.name) \(isRight ? "ok" : "FAILED")", "events=\(ledger.workload.events)", "lost=\(ledger.lost)",
            "doubled=\(ledger.doubled)", "unordered=\(ledger.unordered)", "entries=\(ledger.entries)",
            "final=\(ledger.final)", "told=\(ledger.told)", "told-twice=\(ledger.toldTwice)",
            "time=\(rounded(time / .seconds(1)))s",
        ]
        if !run.recoveries.isEmpty {
            words.append("recovery=\(run.recoveries.map { rounded($0) }.joined(separator: "+"))s")
        }
        words += run.words
        if !run.mistakes.isEmpty { words.append("mistakes: \(run.mistakes.joined(separator: "; "))") }
        return ChaosRow.Outcome(line: words.joined(separator: " "), isRight: isRight)
    }
}

func rounded(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
