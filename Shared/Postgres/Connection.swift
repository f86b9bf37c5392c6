import CLibPQ
import Logging

/// One connection to PostgreSQL. Lives on a thread of its database and is only seen there, inside `Database.run`.
public final class Connection {
    /// How much later this side gives up the connection: the server is frozen, or the way to it is gone.
    static let graceMs = 1_000

    private let link: Link
    private let logger: Logger
    private var statements = PreparedStatements()
    private var phase = Phase.outside
    private var limitMs: Int

    /// Where it stands with regard to a transaction: `owed` is one whose BEGIN waits for the first statement.
    private enum Phase { case outside, owed, open }

    /// Connects; blocks the thread for at most `Link.connectLimitMs`, and as long as a statement may take.
    /// - Parameter interrupt: ends whatever is waited for.
    init(_ settings: ConnectionSettings, _ interrupt: Interrupt, _ logger: Logger) throws(PostgresError) {
        link = try Link(settings, interrupt: interrupt, logger: logger)
        (limitMs, self.logger) = (settings.statementLimitMs, logger)
        try Session(link: link, settings: settings, logger: logger).begin(limitMs: limitMs + Self.graceMs)
    }

    /// False after the connection broke: nothing more can be done with it.
    var isUsable: Bool { link.isUsable }
    /// Whether the server has not ended it since it was last used.
    var isAlive: Bool { link.isAlive }

    // MARK: Statements

    /// Runs one statement with `$1`, `$2` … and gives its rows. It is prepared at its first use, so the text must be
    /// a constant; whatever varies is a parameter.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError) -> [Row] {
        try run([Statement(sql: sql, parameters: parameters)])[0].rows
    }

    /// Like `query`, for statements without rows.
    /// - Returns: how many rows were inserted, changed or deleted.
    @discardableResult public func execute(_ sql: String, _ parameters: [PostgresValue] = []) throws(PostgresError)
        -> Int
    { try run([Statement(sql: sql, parameters: parameters)])[0].affected }

    /// Runs the statements of a batch in one round trip. They are one transaction, or part of the one around it.
    /// - Returns: a result for each statement, in their order.
    /// - Throws: why the first failed one did; `statement` says which. Nothing of the batch has taken effect then. The
    ///   limit of one statement holds for each at the server, and for the whole batch on this side.
    public func perform(_ batch: Batch) throws(PostgresError) -> [StatementResult] {
        guard !batch.isEmpty else { return [] }
        return try run(batch.statements).map(StatementResult.init)
    }

    /// Runs any number of statements without parameters, separated by semicolons: schema changes and settings.
    public func script(_ sql: String) throws(PostgresError) {
        if phase == .owed {
            phase = .open
            _ = try send("BEGIN")
        }
        _ = try send(sql)
    }

    // MARK: Transactions

    /// Commits what `body` did; undoes it if `body` throws. Not nested. BEGIN travels with the first statement.
    public func transaction<T>(_ body: () throws(PostgresError) -> T) throws(PostgresError) -> T {
        precondition(phase == .outside, "a transaction inside a transaction")
        phase = .owed
        defer { phase = .outside }
        let value: T
        do { value = try body() } catch {
            rollBack()
            throw error
        }
        try commit()
        return value
    }

    /// Like `transaction`, but each statement may take `limitMs`.
    func longTransaction<T>(limitMs: Int, _ body: () throws(PostgresError) -> T) throws(PostgresError) -> T {
        let usualMs = self.limitMs
        self.limitMs = limitMs
        defer { self.limitMs = usualMs }
        return try transaction { () throws(PostgresError) -> T in
            try script("SET LOCAL statement_timeout = \(limitMs)")
            return try body()
        }
    }

    private func commit() throws(PostgresError) {
        guard phase == .open else { return }
        // The server answers COMMIT of a failed transaction with "ROLLBACK", not with an error.
        guard try send("COMMIT").command == "COMMIT" else {
            throw PostgresError(.statement, "the transaction was undone because a statement in it had failed")
        }
    }

    private func rollBack() {
        guard phase == .open, link.isUsable else { return }
        do { _ = try send("ROLLBACK") } catch {
            // A connection that cannot even undo is not used again; the server undoes when it is closed.
            logger.warning("undoing a transaction failed, closing the connection", metadata: ["error": "\(error)"])
            link.giveUp()
        }
    }

    // MARK: On the wire

    private static let begin = Statement(sql: "BEGIN", parameters: [])

    private func send(_ sql: String) throws(PostgresError) -> ResultSet {
        try link.exchange(limitMs: limitMs + Self.graceMs) { PQsendQuery($0, sql) }
    }

    /// Gives a result for each statement.
    private func run(_ statements: [Statement]) throws(PostgresError) -> [ResultSet] {
        guard phase == .owed else { return try pipeline(statements, ahead: 0) }
        return Array(try pipeline([Self.begin] + statements, ahead: 1).dropFirst())
    }

    /// - Parameter ahead: how many statements at the front are ours, not the caller's.
    private func pipeline(_ list: [Statement], ahead: Int) throws(PostgresError) -> [ResultSet] {
        let plan = try statements.plan(list, ahead: ahead)
        if ahead > 0 { phase = .open }  // From here on the server may have begun.
        let outcome = try link.pipeline(limitMs: limitMs + Self.graceMs, plan.messages)
        statements.remember(plan, done: outcome.results.count)
        guard let refusal = outcome.refusal else { return plan.runs.map { outcome.results[$0] } }
        let failed = plan.statement(of: outcome.results.count)
        // The schema changed under the statement, or a pooler in between gave us another server connection.
        if let failed, ["0A000", "26000"].contains(refusal.sqlState) { statements.forget(list[failed].sql) }
        throw refusal.placed(failed.map { $0 - ahead }, in: list.dropFirst(ahead).map(\.head))
    }
}
