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

    private func words(_ database: Database) async throws -> Int {
        try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT count(*) AS n FROM words")[0].int("n")
        }
    }
}
