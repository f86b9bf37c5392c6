import Foundation
import JournalCore
import LocalHouse
import Logging
import Postgres
import Testing

@testable import rufbus_journal

/// The journal's tables from one version to the next.
@Suite(PostgresStage(), .serialized) struct JournalSchemaTests {
    private let server = PostgresStage.server

    /// What the first version wrote is there afterwards, byte for byte, under the month of its id.
    @Test func theFirstVersionsDataIsKept() async throws {
        let database = try await server.freshDatabase("old_journal")
        try await database.migrate(Array(JournalSchema.migrations[..<1]))
        let ids = [
            "019a3b52-6c00-7000-8000-000000000001", "018df6ff-4fff-7abc-8000-000000000001", "no-uuid",
            "019A3B52-6c00-7000-8000-000000000001", "ffffffff-ffff-7000-8000-000000000001", "",
        ]
        for (number, id) in ids.enumerated() {
            try await sql(
                "INSERT INTO events (month, source, id, type, call, epoch, sequence, body) "
                    + "VALUES ('2026-03-01', 's', '\(id)', 't', 'c\(number)', 1, 1, '\\x0\(number)ff')")
        }
        // Once more, of another month by what it says: it is the same event.
        try await sql(
            "INSERT INTO events (month, source, id, type, body) VALUES ('2026-04-01', 's', 'no-uuid', 't', '\\xee')")
        try await sql(
            """
            INSERT INTO entries (call, seat, final, version, fold) VALUES
            ('c0', 'anna', false, 3, '{"state":{"value":{"phase":"ended"}}}'), ('c1', 'anna', true, 1, '{}')
            """)
        let second = server.database("old_journal")
        async let first: Void = database.migrate(JournalSchema.migrations)
        async let other: Void = second.migrate(JournalSchema.migrations)
        _ = try await (first, other)
        let rows = try await sql("SELECT month || ' ' || id || ' ' || encode(body, 'hex') FROM events ORDER BY call")
        let wanted = ids.enumerated().map { "\(Month(ofID: $1)) \($1) 0\($0)ff" }
        #expect(rows.split(separator: "\n").map(String.init) == wanted)
        #expect(try await sql("SELECT count(*) FROM events_2025_10") == "1")
        #expect(
            try await sql("SELECT string_agg(call || version || ended, ' ' ORDER BY call) FROM entries")
                == "c03true c11false")
        await database.close()
        await second.close()
    }

    /// Months come ahead of time, made by several at once; what came too early moves to its month.
    @Test func monthsAreMadeOnce() async throws {
        let databases = [try await server.freshDatabase("months"), server.database("months")]
        try await databases[0].migrate(JournalSchema.migrations)
        try await sql(
            "INSERT INTO events (month, id, source, type, body) VALUES ('2024-05-01', 'x', 's', 't', ''), "
                + "('1970-01-01', 'y', 's', 't', ''), ('2099-01-01', 'z', 's', 't', '')", "months")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for database in databases + databases {
                group.addTask {
                    try await database.run { (connection) throws(PostgresError) in try connection.makeMonths() }
                }
            }
            try await group.waitForAll()
        }
        let parts = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"
        #expect(try await sql(parts, "months") == "5")  // Three months, the old one, and the one for all else.
        #expect(try await sql("SELECT id FROM events_2024_05", "months") == "x")
        #expect(try await sql("SELECT string_agg(id, '' ORDER BY id) FROM events_other", "months") == "yz")
        for database in databases { await database.close() }
    }

    /// A journal does not touch what a newer version wrote.
    @Test func aNewerSchemaIsRefused() async throws {
        let database = try await server.freshDatabase("newer")
        try await database.migrate(JournalSchema.migrations)
        try await sql("INSERT INTO schema_migrations VALUES (99, 'tomorrow', now())", "newer")
        await database.close()
        let folder = try LocalFolder("newer")
        try writeFile(
            folder.path + "/journal.yaml",
            "bus: {url: \"amqp://a:b@127.0.0.1:1/rufbus\"}\ndatabase: {url: \"\(server.adminURL("newer"))\"}\n")
        for words in [[], ["verify"], ["dead", "list"]] {
            let child = try Child(
                "journal", try Build.executable("rufbus-journal"), words + ["--config", folder.path + "/journal.yaml"],
                environment: ["PATH": "/usr/bin:/bin"], folder: folder.path)
            #expect(await child.wait(limit: .seconds(20)) == .status(1))
            #expect(child.logText.contains("written by a newer version"), "\(child.logText)")
        }
        try folder.remove()
    }

    @discardableResult
    private func sql(_ text: String, _ database: String = "old_journal") async throws -> String {
        try await server.sql(text, database: database)
    }
}
