import LocalHouse

/// A lock on a table that holds up every write to it: a journal stands between its read and its write for as long as
/// one likes.
public struct WriteHold: Sendable {
    private let database: PostgresServer
    private let table: String
    private let session: Task<Void, Never>

    /// - Parameter readsToo: whether reads are held up, too.
    public init(_ database: PostgresServer, of table: String = "seats", readsToo: Bool = false) async throws {
        (self.database, self.table) = (database, table)
        let mode = readsToo ? "ACCESS EXCLUSIVE" : "SHARE"
        session = Task {
            do {
                try await database.sql(
                    "BEGIN; LOCK TABLE \(table) IN \(mode) MODE; SELECT pg_sleep(60)", database: "journal")
            } catch {}  // Ended by `release`.
        }
        _ = try await wait("granted AND mode = '\(readsToo ? "AccessExclusiveLock" : "ShareLock")'")
    }

    /// Waits until a journal has read its rows and stands before its write; answers its session, which is not `other`.
    public func waitForWriter(notOf other: Int = 0) async throws -> Int {
        try await wait("NOT granted AND pid <> \(other)")
    }

    private func wait(_ which: String) async throws -> Int {
        let query = "SELECT coalesce(min(pid), 0) FROM pg_locks WHERE relation = '\(table)'::regclass AND \(which)"
        for _ in 0..<300 {
            if let session = Int(try await database.sql(query, database: "journal")), session > 0 { return session }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw HouseError("no session that is \(which)")
    }

    /// Lets all writes go.
    public func release() async throws {
        try await database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' "
                + "AND pid <> pg_backend_pid()", database: "journal")
        await session.value
    }
}
