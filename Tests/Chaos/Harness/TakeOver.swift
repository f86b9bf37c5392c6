import BusContract
import Foundation
import LocalHouse
import TelephonyModel

/// How long the partitions of a journal that fell silent wait for another one.
extension RowRun {
    /// What is promised, in seconds.
    static let takeOverLimit = 6.0

    /// The journal that stored most of the newest events of this row.
    func storingJournal() async throws -> ServiceProcess {
        let name = try await database.sql(
            """
            SELECT stored_by FROM (SELECT stored_by FROM events WHERE call LIKE '\(workload.prefix)%'
                ORDER BY stored_order DESC LIMIT 300) AS newest GROUP BY stored_by ORDER BY count(*) DESC LIMIT 1
            """, database: "journal")
        guard let instance = name.split(separator: " ").last else { throw HouseError("nothing is stored yet") }
        return try chaos.journal(String(instance))
    }

    /// Waits until another journal has committed an event of each partition that `gone` stored; notes how long the
    /// first and the last of them waited.
    /// - Parameter moment: when `gone` was silenced, by this machine's clock, which is the database's too.
    func takeOver(from gone: ServiceProcess, since moment: Date) async throws {
        var waits: [Double] = []
        try await until("another journal stores what \(gone.instance) stored", .seconds(60)) {
            waits = try await self.waits(gone.instance, moment)
            return !waits.isEmpty
        }
        guard let first = waits.min(), let last = waits.max() else { return }
        note("taken-over=\(waits.count)*\(thousandths(first))...\(thousandths(last))s")
        recovered(in: last)
        require(last <= Self.takeOverLimit, "the other journal took over after \(thousandths(last)) s")
    }

    /// Of each partition of which `gone` stored the last event before the moment: seconds until somebody else's next
    /// commit. Empty until there is one of each.
    private func waits(_ gone: String, _ moment: Date) async throws -> [Double] {
        let at = "to_timestamp(\(moment.timeIntervalSince1970))"
        let rows = try await database.sql(
            """
            WITH ours AS (SELECT seat, stored_order, stored_by, pg_xact_commit_timestamp(xmin) AS at FROM events
                    WHERE call LIKE '\(workload.prefix)%' AND (type LIKE 'rufbus.call.%' OR type LIKE 'rufbus.leg.%')),
                held AS (SELECT DISTINCT ON (seat) seat, stored_by FROM ours WHERE at <= \(at)
                    ORDER BY seat, stored_order DESC),
                next AS (SELECT seat, min(at) AS at FROM ours WHERE at > \(at) AND stored_by NOT LIKE '% \(gone)'
                    GROUP BY seat)
            SELECT seat, extract(epoch FROM next.at - \(at)) FROM held LEFT JOIN next USING (seat)
                WHERE stored_by LIKE '% \(gone)'
            """, database: "journal")
        var (held, waits): (Set<Int>, [Int: Double]) = ([], [:])
        for row in rows.split(separator: "\n") {
            let fields = row.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count == 2 else { throw HouseError("no row of a take-over: \(row)") }
            let partition = RoutingKey.partition(of: UserID(unchecked: String(fields[0])))
            held.insert(partition)
            if let wait = Double(fields[1]) { waits[partition] = min(wait, waits[partition] ?? wait) }
        }
        return waits.count == held.count ? Array(waits.values) : []
    }
}

private func thousandths(_ number: Double) -> String { "\((number * 1_000).rounded() / 1_000)" }
