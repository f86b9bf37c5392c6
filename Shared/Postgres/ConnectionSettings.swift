/// How a connection is made, and what holds for all that is done on it.
struct ConnectionSettings: Sendable {
    let url: String
    /// What the server's own lists call it.
    let name: String
    /// How long one statement may take.
    let statementLimitMs: Int
    /// Whether it is to change anything: then a server that takes no changes is refused.
    let writes: Bool
    /// Milliseconds since 1970-01-01 UTC.
    let clock: @Sendable () -> Int64
}
