import Glibc
import Logging

/// A few connections to PostgreSQL, each on a thread of its own, so that nothing else ever waits for the database.
/// They are made when there is work for them, and again when they were lost.
public final class Database: Sendable {
    /// How long one statement may take in a service: with grace and cancelling no thread waits for more than 10 s.
    public static let mostStatementMs = 8_000

    /// How many connections the setting `database.connections` may ask for.
    public static let connectionRange = 1...16

    private let crew: Crew

    /// - Parameters:
    ///   - url: postgresql://user:password@host:port/database
    ///   - name: what the server's own lists call its connections ("rufbus-journal").
    ///   - connections: how many at most. With one, all work runs in the order in which it was given.
    ///   - statementLimitMs: how long one statement may take; above `mostStatementMs` only in a tool that reads much.
    ///   - waitLimitMs: how long work may wait for a free connection.
    ///   - writes: false if nothing is to be changed: then a standby or a read-only database is fine.
    public convenience init(
        url: String, name: String, connections: Int = 1, statementLimitMs: Int = mostStatementMs,
        waitLimitMs: Int = 5_000, writes: Bool = true, logger: Logger
    ) {
        let settings = ConnectionSettings(
            url: url, name: name, statementLimitMs: statementLimitMs, writes: writes, clock: Self.now)
        self.init(settings, connections: connections, waitLimitMs: waitLimitMs, logger: logger)
    }

    init(_ settings: ConnectionSettings, connections: Int, waitLimitMs: Int, logger: Logger) {
        crew = Crew(settings, size: connections, waitLimitMs: waitLimitMs, logger: logger)
    }
    deinit { crew.close() }

    /// Connects.
    /// - Throws: at once, with the setting to mend, if that is not possible; nothing is tried again by itself.
    public func open() async throws(PostgresError) { try await run { (_) throws(PostgresError) in } }

    /// Ends all connections and their threads, after the work that was given before. What is not done after `limitMs`
    /// fails with `.closed`; what runs then is cancelled at the server.
    public func close(limitMs: Int = 8_000) async {
        crew.close()
        let impatient = Task { [crew] in
            do { try await Task.sleep(for: .milliseconds(limitMs)) } catch { return }
            crew.abandon()
        }
        await crew.ended()
        impatient.cancel()
    }

    /// Runs `work` on a connection's thread; connects first if need be. It is done even if the task is cancelled.
    /// - Throws: what `work` throws; `.lost` if the connection broke under it (then nothing is known of what it did,
    ///   unless it was one transaction that had not reached its end); `.busy` if no connection was free in time; the
    ///   reason if there is no connection. While the server is away it is asked again after 0.1 s at first, at last
    ///   every 5 s; work in between fails at once.
    public func run<T: Sendable>(_ work: @escaping @Sendable (Connection) throws(PostgresError) -> T)
        async throws(PostgresError) -> T
    {
        let result = await withCheckedContinuation { (answer: CheckedContinuation<Result<T, PostgresError>, Never>) in
            crew.add(
                Crew.Job(
                    perform: { connection in
                        let result = Result { () throws(PostgresError) in try work(connection) }
                        return { answer.resume(returning: result) }
                    }, fail: { answer.resume(returning: .failure($0)) }))
        }
        return try result.get()
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
