import Logging
import Postgres
import Synchronization
import Testing

/// A few connections that share the work: bounded in number and in waiting, replaced when broken, drained at the end.
@Suite(PostgresStage()) struct PostgresPoolTests {
    let server = PostgresStage.server

    private func pool(_ name: String, _ connections: Int, waitLimitMs: Int = 5_000) -> Database {
        Database(
            url: server.adminURL(), name: name, connections: connections, waitLimitMs: waitLimitMs, logger: .silent)
    }

    /// How many connections of that name the server has, and does something for.
    private func backends(_ name: String, active: Bool = false) async throws -> Int {
        let state = active ? "AND state = 'active'" : ""
        return try #require(
            Int(await server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = '\(name)' \(state)")))
    }

    private func wait(until holds: () async throws -> Bool) async throws {
        for _ in 0..<200 {
            if try await holds() { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        Issue.record("not within five seconds")
    }

    @Test(.timeLimit(.minutes(1))) func workIsDoneOnSeveralConnectionsAtOnce() async throws {
        let database = pool("crew", 3)
        // Each waits until all three are there, and holds its lock as long as the connection lasts.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await database.run { (connection) throws(PostgresError) in
                        _ = try connection.query("SELECT pg_advisory_lock_shared(7)::text")
                        while try connection.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted")
                            .count < 3
                        {}
                        // Held until the connection ends: the others are still to see it.
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await backends("crew") == 3)
        await database.close()
        try await wait { try await backends("crew") == 0 }
    }

    @Test func littleWorkNeedsOneConnection() async throws {
        let database = pool("calm", 5)
        for _ in 0..<20 { try await database.open() }
        #expect(try await backends("calm") == 1)
        await database.close()
    }

    @Test(.timeLimit(.minutes(1))) func workDoesNotWaitForAConnectionForEver() async throws {
        let database = pool("busy", 1, waitLimitMs: 1_000)
        async let long = database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT pg_sleep(3)::text").count
        }
        try await wait { try await backends("busy", active: true) == 1 }
        let error = await failure { try await database.open() }
        #expect(error.kind == .busy && error.mayPass)
        #expect(error.message.contains("within 1 s: raise database.connections"))
        #expect(try await long == 1)
        try await database.open()
        await database.close()
    }

    @Test func aConnectionThatBrokeWhileIdleIsReplacedUnseen() async throws {
        let database = pool("idle", 1)
        try await database.open()
        try await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'idle'")
        try await wait { try await backends("idle") == 0 }
        let one = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT 1 AS n")[0].int("n")
        }
        #expect(one == 1)
        await database.close()
    }

    @Test func aRoleWithFewConnectionsGetsAlongWithThem() async throws {
        try await server.sql("CREATE ROLE narrow LOGIN CONNECTION LIMIT 1")
        let url = "postgresql://narrow@127.0.0.1:\(server.port)/postgres"
        let database = Database(url: url, name: "narrow", connections: 3, logger: .silent)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<30 {
                group.addTask {
                    try await database.run { (connection) throws(PostgresError) in
                        try connection.query("SELECT $1::int8 AS n, pg_sleep(0.01)::text", [.int(number)])[0].int("n")
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 435)
        let other = Database(url: url, name: "other", logger: .silent)
        let error = await failure { try await other.open() }
        #expect(error.kind == .unavailable && error.sqlState == "53300" && error.mayPass)
        #expect(error.message.contains("raise its max_connections or the role's CONNECTION LIMIT, or lower "))
        #expect(error.message.contains("database.connections"))
        await other.close()
        await database.close()
    }

    @Test func closingDoesWhatWasGivenBefore() async throws {
        let database = pool("drain", 1)
        try await server.sql("CREATE TABLE drained (n int8)")
        let given = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    given.value.withLock { $0 += 1 }
                    _ = try await database.run { (connection) throws(PostgresError) in
                        try connection.execute("INSERT INTO drained SELECT $1 FROM pg_sleep(0.1)", [.int(number)])
                    }
                }
            }
            try await wait { given.value.withLock { $0 == 5 } }
            try await wait { try await backends("drain", active: true) == 1 }
            await database.close()
            try await group.waitForAll()
        }
        #expect(try await server.sql("SELECT count(*) FROM drained") == "5")
        #expect(await failure { try await database.open() }.kind == .closed)
    }

    @Test(.timeLimit(.minutes(1))) func closingHasALimitAndCancelsWhatRuns() async throws {
        let database = pool("endless", 1)
        async let running = failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.script("SET statement_timeout = 0; SELECT pg_sleep(600)")
            }
        }
        try await wait { try await backends("endless", active: true) == 1 }
        async let waiting = failure { try await database.open() }
        await database.close(limitMs: 300)
        #expect(await running.kind == .closed)
        #expect(await waiting.kind == .closed)
        try await wait { try await backends("endless") == 0 }
    }
}

private final class Counter: Sendable { let value = Mutex(0) }
