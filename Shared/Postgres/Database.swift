import Logging

/// A connection to PostgreSQL that is made again when it was lost. All work runs in order on one thread of its own,
/// so nothing else ever waits for the database.
public final class Database: Sendable {
    private let thread: WorkThread<Keeper>

    /// - Parameters:
    ///   - url: postgresql://user:password@host:port/database
    ///   - name: what the server's own lists call this connection ("rufbus-journal").
    ///   - statementLimitMs: how long one statement may take.
    public init(url: String, name: String, statementLimitMs: Int = 10_000, logger: Logger) {
        thread = WorkThread(name: name) {
            Keeper(logger: logger) { () throws(PostgresError) in
                try Connection(url: url, name: name, statementLimitMs: statementLimitMs, logger: logger)
            }
        }
    }

    /// Connects.
    /// - Throws: at once, with the setting to mend, if that is not possible; nothing is tried again by itself.
    public func open() async throws(PostgresError) { try await run { (_) throws(PostgresError) in } }

    /// Ends the connection and its thread, after all work that was given before.
    public func close() async { await thread.end() }

    /// Runs `work` on the connection's thread; connects first if there is no connection.
    /// - Throws: what `work` throws; `.lost` if the connection broke under it (then nothing is known of what it did,
    ///   unless it was one transaction that had not reached its end); the reason if there is no connection. While the
    ///   server is away it is asked again after 0.1 s at first, at last every 5 s; work in between fails at once.
    public func run<T: Sendable>(
        _ work: @escaping @Sendable (Connection) throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        typealias Answer = CheckedContinuation<Result<T, PostgresError>, Never>
        let result = await withCheckedContinuation { (answer: Answer) in
            let taken = thread.perform { keeper in answer.resume(returning: keeper.run(work)) }
            if !taken { answer.resume(returning: .failure(PostgresError(.closed, "the database was closed"))) }
        }
        return try result.get()
    }
}

/// Keeps the one connection of a database. Lives on its thread.
private final class Keeper {
    private let logger: Logger
    private let connect: () throws(PostgresError) -> Connection
    private var connection: Connection?
    private var failure: (error: PostgresError, retryAt: ContinuousClock.Instant)?
    private var backOff = BackOff()

    init(logger: Logger, connect: @escaping () throws(PostgresError) -> Connection) {
        (self.logger, self.connect) = (logger, connect)
    }

    func run<T>(_ work: (Connection) throws(PostgresError) -> T) -> Result<T, PostgresError> {
        do throws(PostgresError) {
            let connection = try connected()
            defer { forgetIfBroken() }
            return .success(try work(connection))
        } catch {
            return .failure(error)
        }
    }

    private func connected() throws(PostgresError) -> Connection {
        if let connection { return connection }
        if let failure, ContinuousClock.now < failure.retryAt { throw failure.error }
        do throws(PostgresError) {
            let made = try connect()
            (connection, failure, backOff) = (made, nil, BackOff())
            logger.info("connected to the database")
            return made
        } catch {
            failure = (error, ContinuousClock.now + .milliseconds(backOff.next()))
            logger.warning("no connection to the database", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func forgetIfBroken() {
        guard let connection, !connection.isUsable else { return }
        self.connection = nil
        logger.warning("the connection to the database is lost")
    }
}

/// Full jitter: a random wait up to a limit that doubles, so that many clients do not come back at once.
private struct BackOff {
    private var limitMs = 100
    mutating func next() -> Int {
        defer { limitMs = min(limitMs * 2, 5_000) }
        return Int.random(in: limitMs / 4...limitMs)
    }
}
