import CLibPQ
import Logging

/// One connection to PostgreSQL. Lives on its database's thread and is only seen there, inside `Database.run`.
public final class Connection {
    /// How much later this side gives up the connection: the server is frozen, or the way to it is gone.
    static let graceMs = 2_000
    /// SQL texts are constants of the program. More than this many means that values were pasted into them.
    private static let statementLimit = 500

    private let link: Link
    private let logger: Logger
    private var prepared: [String: String] = [:]
    private var serial = 1
    private var inTransaction = false
    private var limitMs: Int

    /// Connects; blocks the thread for at most `Link.connectLimitMs`.
    /// - Parameter statementLimitMs: how long one statement may take before the server gives it up.
    init(url: String, name: String, statementLimitMs: Int, logger: Logger) throws(PostgresError) {
        link = try Link(url: url, name: name, logger: logger)
        (limitMs, self.logger) = (statementLimitMs, logger)
        try script("SET statement_timeout = \(limitMs); SET TimeZone = 'UTC'")
    }

    /// False after the connection broke: nothing more can be done with it.
    var isUsable: Bool { link.isUsable }

    /// Runs one statement with `$1`, `$2` … and gives its rows. It is prepared at its first use, so the text must be
    /// a constant; whatever varies is a parameter.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> [Row] {
        try perform(sql, parameters).rows
    }

    /// Like `query`, for statements without rows.
    /// - Returns: how many rows were inserted, changed or deleted.
    @discardableResult
    public func execute(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> Int {
        try perform(sql, parameters).affected
    }

    /// Runs any number of statements without parameters, separated by semicolons: schema changes and settings.
    public func script(_ sql: String) throws(PostgresError) { _ = try send { PQsendQuery($0, sql) } }

    /// Commits what `body` did; undoes it if `body` throws. Not nested.
    public func transaction<T>(_ body: () throws(PostgresError) -> T) throws(PostgresError) -> T {
        precondition(!inTransaction, "a transaction inside a transaction")
        try script("BEGIN")
        inTransaction = true
        defer { inTransaction = false }
        let value: T
        do { value = try body() } catch {
            rollBack()
            throw error
        }
        try commit()
        return value
    }

    /// Like `transaction`, but each statement may take `limitMs`.
    func longTransaction<T>(
        limitMs: Int, _ body: () throws(PostgresError) -> T
    ) throws(PostgresError) -> T {
        let usualMs = self.limitMs
        self.limitMs = limitMs
        defer { self.limitMs = usualMs }
        return try transaction { () throws(PostgresError) -> T in
            try script("SET LOCAL statement_timeout = \(limitMs)")
            return try body()
        }
    }

    private func commit() throws(PostgresError) {
        let result = try send { PQsendQuery($0, "COMMIT") }
        // The server answers COMMIT of a failed transaction with "ROLLBACK", not with an error.
        guard result.command == "COMMIT" else {
            throw PostgresError(.statement, "the transaction was undone because a statement in it had failed")
        }
    }

    private func rollBack() {
        guard link.isUsable else { return }
        do { try script("ROLLBACK") } catch {
            // A connection that cannot even undo is not used again; the server undoes when it is closed.
            logger.warning("undoing a transaction failed, closing the connection", metadata: ["error": "\(error)"])
            link.giveUp()
        }
    }

    private func perform(_ sql: String, _ parameters: [PostgresValue]) throws(PostgresError) -> ResultSet {
        let block = try ParameterBlock(parameters)
        let name = try prepare(sql)
        do {
            return try send { handle in
                block.withPointers { values, lengths, formats in
                    PQsendQueryPrepared(handle, name, block.count, values, lengths, formats, 1)
                }
            }
        } catch {
            // The schema changed under the statement, or a pooler in between gave us another server connection.
            if ["0A000", "26000"].contains(error.sqlState) { prepared[sql] = nil }
            throw error
        }
    }

    private func prepare(_ sql: String) throws(PostgresError) -> String {
        if let name = prepared[sql] { return name }
        precondition(prepared.count < Self.statementLimit, "SQL texts must be constants; values are parameters")
        let name = "s\(serial)"
        serial += 1
        _ = try send { PQsendPrepare($0, name, sql, 0, nil) }
        prepared[sql] = name
        return name
    }

    private func send(_ command: (OpaquePointer) -> Int32) throws(PostgresError) -> ResultSet {
        try link.exchange(limitMs: limitMs + Self.graceMs, command)
    }
}
