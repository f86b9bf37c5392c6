import LocalHouse

/// What PostgreSQL holds of a workload, asked by psql: nothing of ours stands between the proof and the database.
public struct Ledger: Sendable {
    /// Of `call.*` and `leg.*` events: rows, and different (call, sequence) among them that the workload has.
    public var stored = 0, different = 0
    /// Events whose row came before that of an earlier one of their call.
    public var unordered = 0
    /// Entries, final ones among them, calls whose entry was told of by `journal.written`, and what was told twice.
    public var entries = 0, final = 0, told = 0, toldTwice = 0
    public let workload: Workload

    public init(of workload: Workload, in database: PostgresServer) async throws(HouseError) {
        self.workload = workload
        let row = try await database.sql(Self.question(workload), database: "journal").split(separator: "|")
        let numbers = row.compactMap { Int($0) }
        guard numbers.count == 7 else { throw HouseError("the ledger cannot be read: \(row)") }
        (stored, different, unordered) = (numbers[0], numbers[1], numbers[2])
        (entries, final, told, toldTwice) = (numbers[3], numbers[4], numbers[5], numbers[6])
    }

    public var lost: Int { workload.events - different }
    public var doubled: Int { stored - different }
    /// Nothing is missing; more would not come.
    var isComplete: Bool { lost == 0 && final == workload.calls && told == workload.calls }
    public var isRight: Bool {
        isComplete && doubled == 0 && unordered == 0 && entries == workload.calls && toldTwice == 0
    }

    private static func question(_ workload: Workload) -> String {
        """
        WITH told AS (SELECT call FROM events
                WHERE call LIKE '\(workload.prefix)%' AND type LIKE 'rufbus.journal.written.%'),
            ours AS (SELECT call, sequence, stored_order FROM events WHERE call LIKE '\(workload.prefix)%'
                AND (type LIKE 'rufbus.call.%' OR type LIKE 'rufbus.leg.%')),
            moved AS (SELECT stored_order < lag(stored_order) OVER (PARTITION BY call ORDER BY sequence) AS back
                FROM ours),
            kept AS (SELECT final FROM entries WHERE call LIKE '\(workload.prefix)%')
        SELECT (SELECT count(*) FROM ours),
            (SELECT count(DISTINCT (call, sequence)) FROM ours
                WHERE sequence BETWEEN 1 AND \(Workload.eventsPerCall)),
            (SELECT count(*) FROM moved WHERE back), (SELECT count(*) FROM kept),
            (SELECT count(*) FROM kept WHERE final), (SELECT count(DISTINCT call) FROM told),
            (SELECT count(*) - count(DISTINCT call) FROM told)
        """
    }
}
