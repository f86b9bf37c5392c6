/// One numbered step of a schema. Steps that a release has shipped never change; what is to change is a new step.
public struct Migration: Hashable, Sendable {
    /// From 1, without gaps.
    public let number: Int
    /// A few words, kept in `schema_migrations`.
    public let name: String
    /// Statements separated by semicolons. They run in one transaction.
    public let sql: String
    /// How long each of the step's statements may take. More than `Database.mostStatementMs` only for a step that
    /// rewrites much: a server that freezes meanwhile is noticed no sooner.
    public let limitMs: Int
    public init(number: Int, name: String, sql: String, limitMs: Int = Database.mostStatementMs) {
        (self.number, self.name, self.sql, self.limitMs) = (number, name, sql, limitMs)
    }
}

extension Database {
    /// How long one process waits for another that changes the schema.
    private static let mostWait = Duration.seconds(600)

    /// Brings the schema up to the last of `migrations`, each step in a transaction of its own. Any number of
    /// processes may do so at once: one works, the others wait for it.
    /// - Throws: `.schema` if the database has steps that `migrations` has not, the same number with another name, or
    ///   tables of somebody else; `.permission` if the user may not change the schema; `.busy` if another process
    ///   still works on it after ten minutes, or this task was cancelled.
    public func migrate(_ migrations: [Migration]) async throws(PostgresError) {
        let numbers = migrations.map(\.number)
        precondition(numbers == Array(1...max(1, numbers.count)), "migrations are numbered from 1 without gaps")
        let end = ContinuousClock.now + Self.mostWait
        while true {
            switch try await run({ (connection) throws(PostgresError) in try connection.step(migrations) }) {
            case .complete: return
            case .done: continue
            case .occupied: try await pause(until: end)
            }
        }
    }

    private func pause(until end: ContinuousClock.Instant) async throws(PostgresError) {
        let busy = PostgresError(.busy, "another process changes the database's schema: wait for it, or end it")
        guard ContinuousClock.now < end else { throw busy }
        do { try await Task.sleep(for: .milliseconds(Int.random(in: 50...150))) } catch { throw busy }
    }
}

private enum MigrationStep { case complete, done, occupied }

extension Connection {
    /// The advisory lock's key: "Rufbus" in ASCII. It holds within one database.
    private static let migrationLock: Int64 = 0x5275_6662_7573

    /// Does the first step that is missing, if nobody else does.
    fileprivate func step(_ all: [Migration]) throws(PostgresError) -> MigrationStep {
        guard let next = try missing(of: all) else { return .complete }
        return try longTransaction(limitMs: next.limitMs) { () throws(PostgresError) in
            guard try lockSchema() else { return .occupied }
            // It may have been done while we came here.
            guard try missing(of: all) == next else { return .done }
            try apply(next)
            return .done
        }
    }

    /// Never waits: who waits for a lock holds a connection, and is given up by the statement's limit.
    private func lockSchema() throws(PostgresError) -> Bool {
        try query("SELECT pg_try_advisory_xact_lock($1) AS ours", [.int(Self.migrationLock)])[0].bool("ours")
    }

    /// The first step that is not in the database; nil if all are.
    private func missing(of all: [Migration]) throws(PostgresError) -> Migration? {
        let isNew = try query("SELECT to_regclass('schema_migrations') IS NULL AS new")[0].bool("new")
        if isNew { return all.first }
        let applied = try query("SELECT number, name FROM schema_migrations ORDER BY number")
        try check(applied, against: all)
        return all.count > applied.count ? all[applied.count] : nil
    }

    private func apply(_ step: Migration) throws(PostgresError) {
        do {
            try script(
                """
                SET LOCAL client_min_messages = warning;
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
                """)
            try script(step.sql)
        } catch { throw Self.failure(of: step, error) }
        try execute(
            "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)", [.int(step.number), .text(step.name)])
    }

    private static func failure(of step: Migration, _ error: PostgresError) -> PostgresError {
        let place = "step \(step.number) (\(step.name)) of the database's schema"
        switch error.sqlState {
        case "42P07":
            return PostgresError(
                .schema,
                "\(place) meets tables that this program has not made: mend the database's name in database.url "
                    + "(\(error.message))", sqlState: error.sqlState)
        case "42501":
            return PostgresError(
                .permission,
                "\(place) is not allowed: let the database belong to the user in database.url, ALTER DATABASE … OWNER "
                    + "TO (\(error.message))", sqlState: error.sqlState)
        default: return PostgresError(error.kind, "\(place): \(error.message)", sqlState: error.sqlState)
        }
    }

    private func check(_ applied: [Row], against all: [Migration]) throws(PostgresError) {
        for row in applied {
            let (number, name) = (try row.int("number"), try row.text("name"))
            guard let known = all.first(where: { $0.number == number }) else {
                throw PostgresError(
                    .schema,
                    "the database was written by a newer version: its schema has step \(number) (\(name)), this "
                        + "version knows \(all.count); start the newer version, or restore a backup from before it")
            }
            guard known.name == name else {
                throw PostgresError(
                    .schema,
                    "step \(number) of the database's schema is \"\(name)\", not \"\(known.name)\": "
                        + "it belongs to another program; mend the database's name in database.url")
            }
        }
    }
}
