/// What went wrong with the database, in words that say what to mend.
public struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// The database URL cannot be read.
        case badURL
        /// Nobody answers at that host and port, or not in time.
        case unreachable
        /// User or password were refused.
        case login
        /// The server is there, the database is not.
        case missingDatabase
        /// The connection cannot be encrypted as the settings ask, or a certificate is not accepted.
        case tls
        /// The server takes no changes.
        case readOnly
        /// The user lacks a right.
        case permission
        /// The server takes no connections now: it starts, stops, or has too many.
        case unavailable
        /// All connections of this process were in use for too long.
        case busy
        /// The connection broke. Whether the statement took effect is unknown.
        case lost
        /// The statement did not end within its time limit and was given up.
        case timeout
        /// The server refused the statement; `sqlState` says why.
        case statement
        /// A parameter that PostgreSQL cannot hold.
        case parameter
        /// A row does not hold what was asked of it: no such column, another type, NULL.
        case shape
        /// The schema was written by a newer version of this program, or by another program.
        case schema
        /// `close` was called.
        case closed
    }

    public let kind: Kind
    /// SQLSTATE of the server ("23505"), if it named one.
    public let sqlState: String?
    public let message: String
    /// Which statement of a batch it was, from 0; nil if none, or the commit after all of them.
    public let statement: Int?

    public init(_ kind: Kind, _ message: String, sqlState: String? = nil, statement: Int? = nil) {
        (self.kind, self.message, self.sqlState, self.statement) = (kind, message, sqlState, statement)
    }

    public var description: String { sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message }

    /// Whether the same work may succeed later without anybody changing a setting: the server was away, or the
    /// statement lost against another one (SQLSTATE classes 08, 40, 53, 55, 57, 58).
    public var mayPass: Bool {
        switch kind {
        case .unreachable, .unavailable, .busy, .lost, .timeout: true
        case .statement: ["08", "40", "53", "55", "57", "58"].contains(sqlState?.prefix(2))
        case .badURL, .login, .missingDatabase, .tls, .readOnly, .permission, .parameter, .shape, .schema, .closed:
            false
        }
    }

    /// Whether the data itself cannot be stored (SQLSTATE classes 22 and 54): no later try and no mended setting helps.
    public var blamesData: Bool {
        kind == .parameter || ["22", "54"].contains(sqlState?.prefix(2)) && kind == .statement
    }

    /// The same error with the place of its statement among others, whose beginnings are `heads`.
    func placed(_ index: Int?, in heads: [String]) -> PostgresError {
        guard heads.count > 1 else { return self }
        let place = index.map { "statement \($0 + 1) of \(heads.count), \"\(heads[$0])\"" } ?? "the commit of a batch"
        return PostgresError(kind, "\(place): \(message)", sqlState: sqlState, statement: index)
    }
}
