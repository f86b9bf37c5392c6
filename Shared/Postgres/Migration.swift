/// One numbered step of a schema. Steps that a release has shipped never change; what is to change is a new step.
public struct Migration: Hashable, Sendable {
    /// From 1, without gaps.
    public let number: Int
    /// A few words, kept in `schema_migrations`.
    public let name: String
    /// Statements separated by semicolons. They run in one transaction.
    public let sql: String
    public init(number: Int, name: String, sql: String) { (self.number, self.name, self.sql) = (number, name, sql) }
}

extension Database {
    /// Brings the schema up to the last of `migrations`, each step in a transaction of its own. Any number of
    /// processes may do so at once: one works, the others wait for it.
    /// - Throws: `.schema` if the database has steps that `migrations` has not, or the same number with another name.
    public func migrate(_ migrations: [Migration]) async throws(PostgresError) {
        let numbers = migrations.map(\.number)
        precondition(numbers == Array(1...max(1, numbers.count)), "migrations are numbered from 1 without gaps")
        for migration in migrations {
            try await run { (connection) throws(PostgresError) in
                try connection.apply(migration, of: migrations)
            }
        }
    }
}

extension Connection {
    /// Longest time for one step, and for waiting until another process did its own.
    private static let migrationLimitMs = 600_000
    /// The advisory lock's key: "Rufbus" in ASCII. It holds within one database.
    private static let migrationLock: Int64 = 0x5275_6662_7573

    fileprivate func apply(_ migration: Migration, of all: [Migration]) throws(PostgresError) {
        try longTransaction(limitMs: Self.migrationLimitMs) { () throws(PostgresError) in
            _ = try query("SELECT pg_advisory_xact_lock($1)::text", [.int(Self.migrationLock)])
            try script(
                """
                SET LOCAL client_min_messages = warning;
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    number int PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())
                """)
            let applied = try query("SELECT number, name FROM schema_migrations ORDER BY number")
            try check(applied, against: all)
            guard applied.count < migration.number else { return }
            try script(migration.sql)
            try execute(
                "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)",
                [.int(migration.number), .text(migration.name)])
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
