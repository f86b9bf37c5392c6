import JournalCore
import Logging
import Postgres

/// What a journal does by the clock: it makes the coming months' partitions, and closes the entries of calls whose
/// missing events nobody waits for any more. Any number of journals may do so at once.
///
/// Nobody is asked for a missing event: its sender keeps it until the broker has it, and sends it by itself.
struct Upkeep: Sendable {
    /// A call of which nothing was heard for so long is over: longer than any may last.
    static let silentSeconds = 24 * 3_600
    private static let monthsEverySeconds = 3_600

    let database: Database
    let gapSeconds: Int
    let logger: Logger
    /// Tells of an entry that is final now.
    let tell: @Sendable (CallFold) async -> Void

    /// Works until it is cancelled.
    func run() async {
        let pause = min(15, gapSeconds)
        var untilMonths = 0
        while true {
            do { try await Task.sleep(for: .seconds(pause)) } catch { return }
            untilMonths -= pause
            do throws(PostgresError) {
                try await closeGaps()
                guard untilMonths <= 0 else { continue }
                try await database.run { (connection) throws(PostgresError) in try connection.makeMonths() }
                untilMonths = Self.monthsEverySeconds
            } catch {
                logger.warning("upkeep waits for the database", metadata: ["error": "\(error)"])
            }
        }
    }

    private func closeGaps() async throws(PostgresError) {
        let gapSeconds = gapSeconds
        var isMore = true
        while isMore, !Task.isCancelled {
            let closed = try await database.run { (connection) throws(PostgresError) in
                try connection.closeGaps(gapSeconds: gapSeconds)
            }
            for fold in closed {
                logger.warning("an entry is closed though events are missing", metadata: ["call": "\(fold.call)"])
                await tell(fold)
            }
            isMore = closed.count == Connection.mostGaps
        }
    }
}

extension Connection {
    /// Gaps that are closed in one transaction.
    static let mostGaps = 100

    /// This month, the next two, and what came of months that had no partition. One journal at a time: each would wait
    /// for the other to stop reading what both want to move.
    func makeMonths() throws(PostgresError) {
        var batch = Batch()
        batch.add("SELECT pg_advisory_xact_lock(hashtext('rufbus events'))::text")
        batch.add(
            "SELECT make_month(month)::text FROM (SELECT (now() AT TIME ZONE 'UTC' + ahead * interval '1 month')::date "
                + "AS month FROM generate_series(0, 2) AS ahead "
                + "UNION SELECT DISTINCT month FROM events_other) AS wanted"
        )
        _ = try perform(batch)
    }

    /// Closes some of the calls of which nothing came for longer than their missing events are waited for. Those that
    /// another process works on are passed over.
    func closeGaps(gapSeconds: Int) throws(PostgresError) -> [CallFold] {
        try transaction { () throws(PostgresError) in
            let rows = try query(
                "SELECT version, fold FROM entries WHERE NOT final AND changed_at < "
                    + "now() - make_interval(secs => CASE WHEN ended THEN $1::int4 ELSE $2::int4 END) "
                    + "ORDER BY call LIMIT $3 FOR UPDATE SKIP LOCKED",
                [.int(gapSeconds), .int(Upkeep.silentSeconds), .int(Self.mostGaps)])
            var changes: [FoldChange] = []
            for row in rows { changes.append(try KnownFold(row).closing()) }
            try replace(changes)
            return changes.map(\.fold)
        }
    }
}

extension KnownFold {
    fileprivate func closing() -> FoldChange {
        var closed = fold
        closed.close()
        return FoldChange(
            known: KnownFold(fold: closed, version: version + 1), becameFinal: true, isChanged: true)
    }
}
