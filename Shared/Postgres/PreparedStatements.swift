/// Which statements a connection has prepared, and under what names.
struct PreparedStatements {
    /// SQL texts are constants of the program. More than this many means that values were pasted into them.
    private static let limit = 500

    private var names: [String: String] = [:]
    private var serial = 1

    /// The messages for some statements.
    /// - Parameter ahead: how many statements at the front are not the caller's.
    /// - Throws: `.parameter` for what PostgreSQL cannot hold.
    mutating func plan(_ statements: [Statement], ahead: Int) throws(PostgresError) -> PipelinePlan {
        var plan = PipelinePlan()
        for (index, statement) in statements.enumerated() {
            let block: ParameterBlock
            do { block = try ParameterBlock(statement.parameters) } catch {
                throw error.placed(index - ahead, in: statements.dropFirst(ahead).map(\.head))
            }
            plan.run(block, as: names[statement.sql] ?? plan.prepare(statement.sql, nameFor(&serial)))
        }
        return plan
    }

    /// Keeps the names of what was prepared within the first `done` messages.
    mutating func remember(_ plan: PipelinePlan, done: Int) {
        for case .prepare(let name, let sql) in plan.messages.prefix(done) { names[sql] = name }
        precondition(names.count <= Self.limit, "SQL texts must be constants; values are parameters")
    }

    mutating func forget(_ sql: String) { names[sql] = nil }
}

/// The messages for some statements: each text is prepared before its first use.
struct PipelinePlan {
    private(set) var messages: [PipelineMessage] = []
    /// Which message gives each statement's result.
    private(set) var runs: [Int] = []
    private var fresh: [String: String] = [:]

    /// Which statement a message belongs to; nil for what comes after the last one: the commit.
    func statement(of message: Int) -> Int? { runs.firstIndex { $0 >= message } }

    fileprivate mutating func run(_ block: ParameterBlock, as name: String) {
        runs.append(messages.count)
        messages.append(.run(name: name, block))
    }

    fileprivate mutating func prepare(_ sql: String, _ name: @autoclosure () -> String) -> String {
        if let name = fresh[sql] { return name }
        let name = name()
        messages.append(.prepare(name: name, sql: sql))
        fresh[sql] = name
        return name
    }
}

private func nameFor(_ serial: inout Int) -> String {
    defer { serial += 1 }
    return "s\(serial)"
}
