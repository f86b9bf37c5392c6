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
    /// Whether events waited, here or in the broker, since this was asked last.
    let wasBehind: @Sendable () -> Bool
    let teller: Teller

    /// Works until it is cancelled.
    func run() async {
        let pause = min(15, gapSeconds)
        var untilMonths = 0, isBehind = true
        while true {
            do { try await Task.sleep(for: .seconds(pause)) } catch { return }
            untilMonths -= pause
            if untilMonths <= 0, await makeMonths() { untilMonths = Self.monthsEverySeconds }
            isBehind = wasBehind() || isBehind
            isBehind = await !closeGaps(isBehind)
        }
    }

    private func makeMonths() async -> Bool {
        do throws(PostgresError) {
            try await database.run { (connection) throws(PostgresError) in try connection.makeMonths() }
            return true
        } catch { return wait(error) }
    }

    private func wait(_ error: PostgresError) -> Bool {
        logger.warning("upkeep waits for the database", metadata: ["error": "\(error)"])
        return false
    }

    /// - Parameter isBehind: to be said in the database first: what is missing may be among what waits.
    /// - Returns: whether the database was there.
    private func closeGaps(_ isBehind: Bool) async -> Bool {
        do throws(PostgresError) {
            if isBehind {
                try await database.run { (connection) throws(PostgresError) in try connection.noteBehind() }
            }
            try await closeGaps()
            return true
        } catch { return wait(error) }
    }

    private func closeGaps() async throws(PostgresError) {
        let gapSeconds = gapSeconds
        var isMore = true
        while isMore, !Task.isCancelled {
            let closed = try await database.run { (connection) throws(PostgresError) in
                try connection.closeGaps(gapSeconds: gapSeconds)
            }
            for known in closed {
                logger.warning(
                    "an entry is closed though events are missing", metadata: ["call": "\(known.fold.call)"])
            }
            teller.add(closed)
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

    func noteBehind() throws(PostgresError) { try execute("UPDATE behind SET seen_at = now()") }

    /// Closes some of the calls of which nothing came for longer than their missing events are waited for, if no
    /// journal saw events wait for so long. Those that another process works on are passed over.
    func closeGaps(gapSeconds: Int) throws(PostgresError) -> [KnownFold] {
        try transaction { () throws(PostgresError) in
            let rows = try query(
                "SELECT call, final, version, fold FROM entries WHERE NOT final AND changed_at < "
                    + "now() - make_interval(secs => CASE WHEN ended THEN $1::int4 ELSE $2::int4 END) AND "
                    + "(SELECT max(seen_at) FROM behind) < now() - make_interval(secs => $1::int4) "
                    + "ORDER BY call LIMIT $3 FOR UPDATE SKIP LOCKED",
                [.int(gapSeconds), .int(Upkeep.silentSeconds), .int(Self.mostGaps)])
            let changes = try known(rows).map { $0.closing() }
            try replace(changes)
            return changes.map(\.known)
        }
    }
}

extension KnownFold {
    fileprivate func closing() -> FoldChange {
        var closed = fold
        closed.close()
        return FoldChange(
            known: KnownFold(fold: closed, version: version + 1), becameFinal: true, isChanged: true,
            isRecounted: isRecounted)
    }
}
