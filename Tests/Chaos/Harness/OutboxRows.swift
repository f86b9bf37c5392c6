import Foundation
import LocalHouse

/// What publishers have promised while the broker was away, and where it is kept.
extension ChaosRow {
    static let outboxes: [ChaosRow] = [publisherKilled, outboxDiskFull]

    /// kill -9 of both publishers when the broker is away and all that is not confirmed is in their outbox files; their
    /// heirs find the files.
    private static let publisherKilled = ChaosRow(name: "publisher-killed", isQuick: false, outbox: .folder) { run in
        try await run.reached(0.2)
        await run.broker.kill()
        try await run.reached(1)
        try await run.until("what is not confirmed is filed", .seconds(30)) {
            run.publishers.map(\.progress).allSatisfy { $0.filed >= $0.sent - $0.confirmed }
        }
        run.note("waiting=\(run.sent - run.confirmed)")
        await run.killPublishers()
        try await run.broker.start()
        let back = Date()
        let heirs = try run.chaos.startHeirs(run.workload)
        try await run.recovery(since: back)
        try await run.until("the heirs have sent all", .seconds(60)) {
            try await Ledger(of: run.workload, in: run.database).isComplete
        }
        for heir in heirs { await heir.child.kill() }
    }

    /// The disk of the outbox is full while the broker is away: no new call is begun, those that run are kept.
    private static let outboxDiskFull = ChaosRow(name: "outbox-disk-full", isQuick: false, outbox: .disk(256)) { run in
        try await run.reached(0.2)
        await run.broker.kill()
        try await run.until("new work is refused", .seconds(60)) {
            run.publishers.allSatisfy { $0.progress.refusals > 0 }
        }
        let begun = run.sent
        try await Task.sleep(for: .seconds(3))
        run.note("waiting=\(begun - run.confirmed)")
        // Only the events of the forty calls that ran may come.
        run.require(run.sent - begun <= 2 * 40 * 10, "\(run.sent - begun) events after new work was refused")
        for publisher in run.publishers {
            let says = publisher.child.logText.contains("refused: bus.outbox")
            run.require(says, "the refusal does not name bus.outbox: \(publisher.child.logTail(2))")
        }
        try await run.broker.start()
        let back = Date()
        try await run.publishersAre("connected")
        try await run.recovery(since: back)
    }
}
