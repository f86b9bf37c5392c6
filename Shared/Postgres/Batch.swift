/// Statements that go to the server in one round trip (libpq's pipeline mode) and take effect together or not at all.
public struct Batch: Sendable {
    private(set) var statements: [Statement] = []

    public init() {}
    public var count: Int { statements.count }
    public var isEmpty: Bool { statements.isEmpty }

    /// - Parameter sql: a constant, as for `Connection.query`; whatever varies is a parameter.
    /// - Returns: where its result stands in what `Connection.perform` gives.
    @discardableResult public mutating func add(_ sql: String, _ parameters: [PostgresValue] = []) -> Int {
        statements.append(Statement(sql: sql, parameters: parameters))
        return statements.count - 1
    }
}

/// One statement with its parameters.
struct Statement: Sendable {
    let sql: String
    let parameters: [PostgresValue]
    /// For messages: the text is a constant of the program and holds no data.
    var head: String { sql.count > 60 ? sql.prefix(57) + "..." : sql }
}

/// What one statement gave.
public struct StatementResult: Sendable {
    let result: ResultSet
    public var rows: [Row] { result.rows }
    /// Rows inserted, changed, deleted or selected.
    public var affected: Int { result.affected }
}
