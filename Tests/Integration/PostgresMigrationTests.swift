import Postgres
import Testing

/// Schemas grow by numbered steps: each once, whole, and by whoever comes first.
@Suite(PostgresStage()) struct PostgresMigrationTests {
    let server = PostgresStage.server
    private static let steps = [
        Migration(number: 1, name: "words", sql: "CREATE TABLE words (word text)"),
        Migration(
            number: 2, name: "first words", sql: "INSERT INTO words VALUES ('one'); INSERT INTO words VALUES ('two')"),
    ]

    @Test func stepsAreDoneOnce() async throws {
        let database = try await server.freshDatabase("once")
        try await database.migrate(Array(Self.steps[..<1]))
        try await database.migrate(Self.steps)
        try await database.migrate(Self.steps)
        #expect(try await words(database) == 2)
        await database.close()
    }

    @Test func instancesThatStartAtOnceWaitForEachOther() async throws {
        let databases = try await [
            server.freshDatabase("crowd"), server.database("crowd"), server.database("crowd"), server.database("crowd"),
        ]
        let slow = [Migration(number: 1, name: "words", sql: "CREATE TABLE words (word text); SELECT pg_sleep(0.2)")]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for database in databases { group.addTask { try await database.migrate(slow + Self.steps[1...]) } }
            try await group.waitForAll()
        }
        #expect(try await words(databases[0]) == 2)
        for database in databases { await database.close() }
    }

    @Test func aFailedStepLeavesNothing() async throws {
        let database = try await server.freshDatabase("failed")
        let bad = Migration(number: 2, name: "first words", sql: "INSERT INTO words VALUES ('one'); SELECT 1/0")
        #expect(await failure { try await database.migrate([Self.steps[0], bad]) }.sqlState == "22012")
        #expect(try await words(database) == 0)
        try await database.migrate(Self.steps)
        #expect(try await words(database) == 2)
        await database.close()
    }

    @Test func aSchemaOfANewerVersionIsRefused() async throws {
        let database = try await server.freshDatabase("newer")
        try await database.migrate(Self.steps)
        let error = await failure { try await database.migrate(Array(Self.steps[..<1])) }
        #expect(error.kind == .schema && error.message.contains("written by a newer version"))
        await database.close()
    }

    @Test func aSchemaOfAnotherProgramIsRefused() async throws {
        let database = try await server.freshDatabase("other")
        try await database.migrate([Migration(number: 1, name: "songs", sql: "CREATE TABLE songs (title text)")])
        let error = await failure { try await database.migrate(Self.steps) }
        #expect(error.kind == .schema && error.message.contains("belongs to another program"))
        await database.close()
    }

    /// A database as an older version left it.
    @Test func anOldSchemaIsBroughtUpWithItsData() async throws {
        let database = try await server.freshDatabase("old")
        try await database.migrate(Array(Self.steps[..<1]))
        try await server.sql("INSERT INTO words VALUES ('zero')", database: "old")
        try await database.migrate(Self.steps)
        #expect(try await words(database) == 3)
        #expect(try await server.sql("SELECT max(number) FROM schema_migrations", database: "old") == "2")
        await database.close()
    }

    @Test func tablesOfSomebodyElseAreLeftAlone() async throws {
        let database = try await server.freshDatabase("foreign_tables")
        try await server.sql("CREATE TABLE words (song text)", database: "foreign_tables")
        let error = await failure { try await database.migrate(Self.steps) }
        #expect(error.kind == .schema && error.sqlState == "42P07")
        #expect(error.message.contains("step 1 (words)") && error.message.contains("mend the database's name in "))
        #expect(
            try await server.sql("SELECT to_regclass('schema_migrations') IS NULL", database: "foreign_tables") == "t")
        await database.close()
    }

    @Test func aUserWhoMayNotChangeTheSchemaIsToldWhatToDo() async throws {
        let owner = try await server.freshDatabase("rights")
        try await server.sql("CREATE ROLE guest LOGIN")
        let guest = Database(url: "postgresql://guest@127.0.0.1:\(server.port)/rights", name: "guest", logger: .silent)
        let error = await failure { try await guest.migrate(Self.steps) }
        #expect(error.kind == .permission && error.sqlState == "42501" && !error.mayPass)
        #expect(error.message.contains("let the database belong to the user in database.url"))
        // Once it is complete, reading it is enough.
        try await owner.migrate(Self.steps)
        try await server.sql("GRANT SELECT ON schema_migrations TO guest", database: "rights")
        try await guest.migrate(Self.steps)
        await owner.close()
        await guest.close()
    }

    @Test func aStepMayTakeLongerThanAStatement() async throws {
        try await server.sql("CREATE DATABASE long_step")
        let database = Database(url: server.adminURL("long_step"), name: "long", statementLimitMs: 200, logger: .silent)
        let sql = "SELECT pg_sleep(0.6); CREATE TABLE words (word text)"
        let short = await failure {
            try await database.migrate([Migration(number: 1, name: "words", sql: sql, limitMs: 200)])
        }
        #expect(short.kind == .timeout)
        try await database.migrate([Migration(number: 1, name: "words", sql: sql)])
        #expect(try await words(database) == 0)
        await database.close()
    }

    @Test(.timeLimit(.minutes(1))) func waitingForAnotherProcessEndsWithTheTask() async throws {
        let database = try await server.freshDatabase("waiting")
        let other = server.database("waiting")
        try await other.run { (connection) throws(PostgresError) in
            _ = try connection.query("SELECT pg_advisory_lock($1)::text", [.int(0x5275_6662_7573)])
        }
        let task = Task { await failure { try await database.migrate(Self.steps) } }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        #expect(await task.value.kind == .busy)
        await other.close()
        try await database.migrate(Self.steps)
        #expect(try await words(database) == 2)
        await database.close()
    }

    private func words(_ database: Database) async throws -> Int {
        try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT count(*) AS n FROM words")[0].int("n")
        }
    }
}
