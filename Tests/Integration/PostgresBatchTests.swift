import Postgres
import Testing

/// Many statements in one round trip: all of them or none, and the failed one is named.
@Suite(PostgresStage()) struct PostgresBatchTests {
    let server = PostgresStage.server
    private static let insert = "INSERT INTO kept (n) VALUES ($1)"

    /// A connection with the table `kept`; its second column must be one of the first, by the commit.
    private func stage() async throws -> Database {
        let database = server.database("postgres")
        try await database.run { (connection) throws(PostgresError) in
            try connection.script(
                "CREATE TEMP TABLE kept (n int8 PRIMARY KEY, twin int8 REFERENCES kept DEFERRABLE INITIALLY DEFERRED)")
        }
        return database
    }

    private func count(_ database: Database) async throws -> Int {
        try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT count(*) AS n FROM kept")[0].int("n")
        }
    }

    @Test func eachStatementGivesItsResult() async throws {
        let database = try await stage()
        let sums = try await database.run { (connection) throws(PostgresError) -> [Int] in
            var batch = Batch()
            for number in 0..<1_000 { batch.add(Self.insert, [.int(number)]) }
            let last = batch.add("SELECT sum(n)::int8 AS sum FROM kept")
            let results = try connection.perform(batch)
            return [results.count, results[999].affected, try results[last].rows[0].int("sum")]
        }
        #expect(sums == [1_001, 1, 499_500])
        #expect(try await count(database) == 1_000)
        await database.close()
    }

    @Test func anEmptyBatchIsNoWork() async throws {
        let database = server.database("postgres")
        #expect(
            try await database.run { (connection) throws(PostgresError) in try connection.perform(Batch()).isEmpty })
        await database.close()
    }

    @Test func theFailedStatementIsNamedAndNothingIsLeft() async throws {
        let database = try await stage()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                var batch = Batch()
                for number in [1, 2, 1, 3] { batch.add(Self.insert, [.int(number)]) }
                _ = try connection.perform(batch)
            }
        }
        #expect(error.statement == 2 && error.sqlState == "23505" && error.kind == .statement)
        #expect(error.message.contains("statement 3 of 4, \"INSERT INTO kept (n) VALUES ($1)\""), "\(error)")
        #expect(try await count(database) == 0)
        await database.close()
    }

    @Test func aStatementThatCannotBePreparedIsNamedAndTheOthersStayUsable() async throws {
        let database = try await stage()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                var batch = Batch()
                batch.add(Self.insert, [.int(1)])
                batch.add("INSERT INTO nowhere (n) VALUES ($1)", [.int(1)])
                batch.add("SELECT 7::int8 AS seven")
                _ = try connection.perform(batch)
            }
        }
        #expect(error.statement == 1 && error.sqlState == "42P01")
        let seven = try await database.run { (connection) throws(PostgresError) -> Int in
            var batch = Batch()
            batch.add(Self.insert, [.int(1)])
            batch.add("SELECT 7::int8 AS seven")
            return try connection.perform(batch)[1].rows[0].int("seven")
        }
        #expect(seven == 7)
        #expect(try await count(database) == 1)
        await database.close()
    }

    @Test func aRefusedCommitFailsTheBatchAndNoStatementOfIt() async throws {
        let database = try await stage()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                var batch = Batch()
                batch.add("INSERT INTO kept (n, twin) VALUES (1, 99)")
                batch.add(Self.insert, [.int(2)])
                _ = try connection.perform(batch)
            }
        }
        #expect(error.sqlState == "23503" && error.statement == nil)
        #expect(error.message.contains("the commit of a batch"), "\(error)")
        #expect(try await count(database) == 0)
        await database.close()
    }

    @Test func aParameterThatCannotBeHeldSendsNothing() async throws {
        let database = try await stage()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.transaction { () throws(PostgresError) in
                    var batch = Batch()
                    batch.add(Self.insert, [.int(1)])
                    batch.add("SELECT $1::text AS word", [.text("a\0b")])
                    do throws(PostgresError) { _ = try connection.perform(batch) } catch {
                        // What follows is still inside the transaction.
                        try connection.execute(Self.insert, [.int(2)])
                        throw error
                    }
                }
            }
        }
        #expect(error.kind == .parameter && error.statement == 1)
        #expect(try await count(database) == 0)
        await database.close()
    }

    @Test func inATransactionABatchIsPartOfIt() async throws {
        let database = try await stage()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.transaction { () throws(PostgresError) in
                    var batch = Batch()
                    for number in 0..<3 { batch.add(Self.insert, [.int(number)]) }
                    guard try connection.perform(batch).count == 3 else { return }
                    _ = try connection.perform(batch)
                }
            }
        }
        #expect(error.statement == 0 && error.sqlState == "23505")
        #expect(try await count(database) == 0)
        await database.close()
    }

    /// More than the buffers of both sides hold, in both directions at once: neither may wait for the other for ever.
    @Test(.timeLimit(.minutes(1))) func aBatchLargerThanAnyBufferIsDone() async throws {
        let database = server.database("postgres")
        let sizes = try await database.run { (connection) throws(PostgresError) -> [Int] in
            var batch = Batch()
            for _ in 0..<40 { batch.add("SELECT $1::bytea AS raw", [.bytes([UInt8](repeating: 7, count: 1_000_000))]) }
            return try connection.perform(batch).map { (result) throws(PostgresError) in
                try result.rows[0].bytes("raw").count
            }
        }
        #expect(sizes == Array(repeating: 1_000_000, count: 40))
        await database.close()
    }
}
