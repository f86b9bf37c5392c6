import LocalHouse
import Logging
import Postgres
import Testing

/// Lets nothing through from now on: a relay looks at its way every few milliseconds.
private func close(_ relay: Relay) async throws {
    relay.set(.halfOpen)
    try await Task.sleep(for: .milliseconds(100))
}

/// A server, or the way to it, that is there and does nothing: no thread waits for it for more than 10 s.
@Suite(PostgresStage()) struct PostgresLimitTests {
    let server = PostgresStage.server

    private func database(_ name: String, _ port: UInt16? = nil, statementLimitMs: Int = 1_000) -> Database {
        Database(
            url: "postgresql://postgres@127.0.0.1:\(port ?? server.port)/postgres", name: name,
            statementLimitMs: statementLimitMs, logger: .silent)
    }

    private func number(_ database: Database) async throws(PostgresError) -> Int {
        try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT $1::int8 AS n", [.int(7)])[0].int("n")
        }
    }

    private func tryUntilFound(_ database: Database) async throws -> Int {
        while true {
            do { return try await number(database) } catch {
                #expect(error.mayPass, "\(error)")
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func theServerGivesASlowStatementUpAndTheConnectionLives() async throws {
        let database = database("slow")
        let (before, after) = try await database.run { (connection) throws(PostgresError) in
            let before = try connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
            do throws(PostgresError) { _ = try connection.query("SELECT pg_sleep(60)::text") } catch {
                guard error.kind == .timeout, error.sqlState == "57014" else { throw error }
            }
            return (before, try connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid"))
        }
        #expect(before == after)
        await database.close()
    }

    @Test(.timeLimit(.minutes(1))) func aStatementThatTheServerDoesNotGiveUpIsCancelled() async throws {
        let database = database("deaf")
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.script("SET statement_timeout = 0; SET client_connection_check_interval = 0")
                _ = try connection.query("SELECT pg_sleep(600)::text")
            }
        }
        #expect(error.kind == .timeout && error.message.contains("did not answer in time"))
        // Nothing but the cancel request ends it.
        for _ in 0..<100 {
            let left = try await server.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'deaf'")
            if left.isEmpty { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await server.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'deaf'").isEmpty)
        #expect(try await number(database) == 7)
        await database.close()
    }

    @Test(.timeLimit(.minutes(1))) func aHalfOpenConnectionIsGivenUpAndMadeAgain() async throws {
        let relay = try Relay(to: server.port)
        let database = database("half-open", relay.port)
        #expect(try await number(database) == 7)
        try await close(relay)
        let start = ContinuousClock.now
        let error = await failure { try await number(database) }
        #expect(error.kind == .timeout && error.mayPass)
        #expect(ContinuousClock.now - start < .seconds(5))
        relay.set(.open)
        #expect(try await tryUntilFound(database) == 7)
        await database.close()
        relay.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aCutConnectionIsMadeAgain() async throws {
        let relay = try Relay(to: server.port)
        let database = database("cut", relay.port)
        #expect(try await number(database) == 7)
        async let running = failure {
            try await database.run { (connection) throws(PostgresError) in
                _ = try connection.query("SELECT pg_sleep(0.9)::text")
            }
        }
        try await Task.sleep(for: .milliseconds(200))
        relay.set(.cut)
        #expect(await running.kind == .lost)
        let away = await failure { try await number(database) }
        #expect(away.kind == .unreachable && away.mayPass, "\(away)")
        relay.set(.open)
        #expect(try await tryUntilFound(database) == 7)
        await database.close()
        relay.stop()
    }

    /// 200 statements are one way there and back.
    @Test(.timeLimit(.minutes(1))) func aBatchCrossesASlowNetworkOnce() async throws {
        let relay = try Relay(to: server.port)
        let database = database("far", relay.port, statementLimitMs: 8_000)
        #expect(try await number(database) == 7)
        relay.set(.delayed(milliseconds: 300))
        let count = try await database.run { (connection) throws(PostgresError) in
            var batch = Batch()
            for number in 0..<200 { batch.add("SELECT $1::int8 AS n", [.int(number)]) }
            return try connection.perform(batch).count
        }
        #expect(count == 200)
        await database.close()
        relay.stop()
    }

    @Test(.timeLimit(.minutes(1))) func closingDoesNotWaitForAServerThatDoesNotAnswer() async throws {
        let relay = try Relay(to: server.port)
        let database = database("stuck", relay.port, statementLimitMs: 8_000)
        #expect(try await number(database) == 7)
        try await close(relay)
        async let running = failure { try await number(database) }
        let start = ContinuousClock.now
        await database.close(limitMs: 500)
        #expect(await running.kind == .closed)
        #expect(ContinuousClock.now - start < .seconds(5))
        relay.stop()
    }
}

/// The same with the limits as they are.
@Suite(PostgresStage()) struct PostgresPatienceTests {
    let server = PostgresStage.server

    private func database(_ name: String, _ port: UInt16) -> Database {
        Database(url: "postgresql://postgres@127.0.0.1:\(port)/postgres", name: name, logger: .silent)
    }

    @Test(.timeLimit(.minutes(1))) func noThreadHangsLongerThanTenSeconds() async throws {
        let relay = try Relay(to: server.port)
        let database = database("half-open", relay.port)
        try await database.open()
        try await close(relay)
        let start = ContinuousClock.now
        let lost = await failure {
            try await database.run { (connection) throws(PostgresError) in _ = try connection.query("SELECT 1") }
        }
        #expect(lost.kind == .timeout)
        #expect(ContinuousClock.now - start < .seconds(11))
        let connectStart = ContinuousClock.now
        let late = await failure { try await database.open() }
        #expect(late.kind == .unreachable && late.message.contains("did not answer in time"))
        #expect(ContinuousClock.now - connectStart < .seconds(6))
        await database.close()
        relay.stop()
    }

    /// A process that is frozen in a transaction keeps no lock.
    @Test(.timeLimit(.minutes(1))) func aClientThatStandsStillInATransactionLosesItsLocks() async throws {
        try await server.sql("CREATE TABLE held (n int8); INSERT INTO held VALUES (1)")
        let database = database("frozen", server.port)
        async let frozen = failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.transaction { () throws(PostgresError) in
                    try connection.execute("UPDATE held SET n = 2")
                    sleepOnThisThread(milliseconds: 5_000)
                    try connection.execute("UPDATE held SET n = 3")
                }
            }
        }
        let other = self.database("other", server.port)
        var changed = 0
        for _ in 0..<100 where changed == 0 {
            try await Task.sleep(for: .milliseconds(50))
            changed = try await other.run { (connection) throws(PostgresError) in
                let isHeld = try connection.query("SELECT 1 FROM pg_locks WHERE relation = 'held'::regclass").count > 0
                return isHeld ? try connection.execute("UPDATE held SET n = 10 WHERE n = 1") : 0
            }
        }
        #expect(changed == 1)
        #expect(await frozen.kind == .lost)
        #expect(try await server.sql("SELECT n FROM held") == "10")
        await database.close()
        await other.close()
    }
}
