import Logging
import Postgres
import Synchronization
import Testing

/// The library against a real server: what goes in comes out, and each fault says what to mend.
@Suite(PostgresStage()) struct PostgresTests {
    let server = PostgresStage.server

    private func database(_ name: String = "postgres", statementLimitMs: Int = 8_000) -> Database {
        Database(url: server.adminURL(name), name: "test", statementLimitMs: statementLimitMs, logger: .silent)
    }

    // MARK: Values

    @Test func valuesComeBackAsTheyWent() async throws {
        let database = database()
        let row = try await database.run { (connection) throws(PostgresError) in
            try connection.query(
                "SELECT $1::int8 AS big, $2::int4 AS small, $3::bool AS flag, $4::text AS words, $5::bytea AS raw, "
                    + "$6::timestamptz AS moment, $7::jsonb AS json, $8::text AS nothing",
                [
                    .int(Int64.min), .int(-7), .bool(true), .text("Grüße, \u{1F4DE} 'quoted'"), .bytes([0, 255, 7]),
                    .timestamp(milliseconds: 1_753_000_000_123), .text(#"{"a": [1, null]}"#), .null,
                ])[0]
        }
        #expect(try row.int("big") == Int.min)
        #expect(try row.int("small") == -7)
        #expect(try row.bool("flag"))
        #expect(try row.text("words") == "Grüße, \u{1F4DE} 'quoted'")
        #expect(try row.bytes("raw") == [0, 255, 7])
        #expect(try row.timestamp("moment") == 1_753_000_000_123)
        #expect(try row.text("json") == #"{"a": [1, null]}"#)
        #expect(try row.optionalText("nothing") == nil)
        await database.close()
    }

    @Test(arguments: [-1, 0, 946_684_799_999, 946_684_800_001] as [Int64])
    func timesBeforeAndAfterThePostgresEpochKeepTheirMilliseconds(_ milliseconds: Int64) async throws {
        let database = database()
        let row = try await database.run { (connection) throws(PostgresError) in
            try connection.query(
                "SELECT $1::timestamptz AS moment, (extract(epoch FROM $1::timestamptz) * 1000)::int8 AS count",
                [.timestamp(milliseconds: milliseconds)])[0]
        }
        #expect(try row.timestamp("moment") == milliseconds)
        #expect(try row.int("count") == Int(milliseconds))
        await database.close()
    }

    @Test func arraysInsertAnyNumberOfRowsWithOneStatement() async throws {
        let database = database()
        let (sizes, kept) = try await database.run { (connection) throws(PostgresError) in
            try connection.script(
                "CREATE TEMP TABLE kept (n int8, word text, raw bytea, moment timestamptz, flag bool)")
            var sizes: [Int] = []
            for count in [0, 1, 300] {
                let numbers = (0..<count).map(Int64.init)
                sizes.append(
                    try connection.execute(
                        "INSERT INTO kept SELECT * FROM unnest($1::int8[], $2::text[], $3::bytea[], $4::timestamptz[], "
                            + "$5::bool[])",
                        [
                            .ints(numbers), .texts(numbers.map { $0 % 2 == 0 ? nil : "w\($0)" }),
                            .byteStrings(numbers.map { [UInt8(truncatingIfNeeded: $0), 0] }),
                            .timestamps(milliseconds: numbers), .bools(numbers.map { $0 > 5 }),
                        ]))
            }
            return (sizes, try connection.query("SELECT * FROM kept WHERE n = 299 OR n = 298 ORDER BY n"))
        }
        #expect(sizes == [0, 1, 300])
        #expect(try kept.map { row in try row.optionalText("word") } == [nil, "w299"])
        #expect(try kept[1].bytes("raw") == [43, 0])
        #expect(try kept[1].timestamp("moment") == 299)
        #expect(try kept[1].bool("flag"))
        await database.close()
    }

    @Test func aRowSaysWhatItDoesNotHold() async throws {
        let database = database()
        let row = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT 1::int8 AS one, NULL::text AS nothing")[0]
        }
        #expect(await failure { try row.int("two") }.message == #"no column "two"; the statement gives one, nothing"#)
        #expect(await failure { try row.text("one") }.message.contains("not text: cast it in the statement"))
        #expect(await failure { try row.text("nothing") } == PostgresError(.shape, #"column "nothing" is NULL"#))
        await database.close()
    }

    @Test func textWithNULIsRefusedNotCut() async throws {
        let database = database()
        for value in [PostgresValue.text("a\0b"), .texts(["a\0b"])] {
            let error = await failure {
                try await database.run { (connection) throws(PostgresError) in
                    _ = try connection.query("SELECT $1 AS x", [value])
                }
            }
            #expect(error.kind == .parameter)
        }
        await database.close()
    }

    // MARK: Statements and transactions

    @Test func aStatementIsPreparedOnce() async throws {
        let database = database()
        let count = try await database.run { (connection) throws(PostgresError) in
            for number in 0..<3 { _ = try connection.query("SELECT $1::int8 AS n", [.int(number)]) }
            return try connection.query(
                "SELECT count(*) AS count FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int8 AS n'")[0]
        }
        #expect(try count.int("count") == 1)
        await database.close()
    }

    @Test func aPreparedStatementOutlivesAChangeOfItsTable() async throws {
        let database = database()
        let words = try await database.run { (connection) throws(PostgresError) -> [String?] in
            try connection.script("CREATE TEMP TABLE grows (a int8); INSERT INTO grows VALUES (1)")
            _ = try connection.query("SELECT * FROM grows")
            try connection.script("ALTER TABLE grows ADD b text DEFAULT 'new'")
            do throws(PostgresError) { _ = try connection.query("SELECT * FROM grows") } catch {
                guard error.sqlState == "0A000" else { throw error }
            }
            var words: [String?] = []
            for row in try connection.query("SELECT * FROM grows") { words.append(try row.optionalText("b")) }
            return words
        }
        #expect(words == ["new"])
        await database.close()
    }

    @Test func aRefusedStatementKeepsItsSQLStateAndTheConnection() async throws {
        let database = database()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                _ = try connection.query("SELECT * FROM nowhere")
            }
        }
        #expect(error.kind == .statement && error.sqlState == "42P01" && !error.mayPass)
        let one = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT 1 AS n")[0]
        }
        #expect(try one.int("n") == 1)
        await database.close()
    }

    @Test func aTransactionLeavesAllOrNothing() async throws {
        let database = database()
        let count = try await database.run { (connection) throws(PostgresError) -> Int in
            try connection.script("CREATE TEMP TABLE t (n int8 PRIMARY KEY)")
            try connection.transaction { () throws(PostgresError) -> Void in
                try connection.execute("INSERT INTO t VALUES (1)")
            }
            do throws(PostgresError) {
                try connection.transaction { () throws(PostgresError) in
                    try connection.execute("INSERT INTO t VALUES (2)")
                    try connection.execute("INSERT INTO t VALUES (1)")
                }
            } catch { guard error.sqlState == "23505" else { throw error } }
            return try connection.query("SELECT count(*) AS n FROM t")[0].int("n")
        }
        #expect(count == 1)
        await database.close()
    }

    @Test func aTransactionWhoseFailureWasSwallowedDoesNotClaimToBeCommitted() async throws {
        let database = database()
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.transaction { () throws(PostgresError) in
                    do throws(PostgresError) { try connection.execute("SELECT 1/0") } catch {
                        #expect(error.sqlState == "22012")
                    }
                }
            }
        }
        #expect(error.message.contains("was undone"))
        await database.close()
    }

    @Test func workFromManyTasksIsDoneOnceAndClosedMeansClosed() async throws {
        let database = database()
        try await database.run { (connection) throws(PostgresError) in
            try connection.script("CREATE TEMP TABLE seen (n int8)")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    _ = try await database.run { (connection) throws(PostgresError) in
                        try connection.execute("INSERT INTO seen (n) VALUES ($1)", [.int(number)])
                    }
                }
            }
            try await group.waitForAll()
        }
        let seen = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT n FROM seen")
        }
        #expect(try seen.map { try $0.int("n") }.sorted() == Array(0..<50))
        await database.close()
        await database.close()
        #expect(await failure { try await database.open() }.kind == .closed)
    }

    @Test func noticesGoToTheLogger() async throws {
        let seen = LogLines()
        let database = Database(url: server.adminURL(), name: "test", logger: Logger(label: "x") { _ in seen })
        try await database.run { (connection) throws(PostgresError) in
            try connection.script("DO $$ BEGIN RAISE NOTICE 'the lamp is on'; END $$")
        }
        #expect(seen.lines.withLock { $0.contains { $0.contains("the lamp is on") } })
        await database.close()
    }
}

/// The error that `body` throws; a failed expectation if it throws none, or another kind.
func failure<T>(_ body: () async throws -> T) async -> PostgresError {
    do {
        _ = try await body()
        Issue.record("no error was thrown")
    } catch let error as PostgresError { return error } catch { Issue.record("not an error of the database: \(error)") }
    return PostgresError(.closed, "no error was thrown")
}

extension Logger { static let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() } }

/// Keeps what was logged.
final class LogLines: LogHandler, Sendable {
    let lines = Mutex<[String]>([])
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }
    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
}
