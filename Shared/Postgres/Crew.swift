import Dispatch
import Foundation
import Logging
import Synchronization

/// The threads of a database: each makes a connection when there is work for it, and keeps it.
final class Crew: Sendable {
    /// What is asked of a connection. Exactly one of the two is called.
    struct Job: Sendable {
        /// Gives what tells the asker: for when the worker is free again, so that his next work finds it so.
        let perform: @Sendable (Connection) -> Answer
        let fail: @Sendable (PostgresError) -> Void
    }

    typealias Answer = @Sendable () -> Void

    /// How a worker is reached.
    private struct Hand: Sendable {
        let bell = DispatchSemaphore(value: 0)
        let interrupt = Interrupt()
    }

    private struct State {
        var pool: Pool<Job>
        var hands: [Int: Hand] = [:]
        var backoff = Backoff()
        var isWatched = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let settings: ConnectionSettings
    private let waitLimitMs: Int
    private let logger: Logger
    private let state: Mutex<State>

    init(_ settings: ConnectionSettings, size: Int, waitLimitMs: Int, logger: Logger) {
        (self.settings, self.waitLimitMs, self.logger) = (settings, waitLimitMs, logger)
        state = Mutex(State(pool: Pool(size: size)))
    }

    func add(_ job: Job) {
        let now = ContinuousClock.now
        let move = state.withLock { state -> Pool<Job>.Move? in
            guard state.pool.isOpen else { return nil }
            let move = state.pool.add(job, until: now + .milliseconds(waitLimitMs), now: now)
            if case .start(let worker) = move { state.hands[worker] = Hand() }
            return move
        }
        guard let move else { return job.fail(PostgresError(.closed, "the database was closed")) }
        make(move)
    }

    /// Takes no more work; what waits is done still.
    func close() {
        let hands = state.withLock { state in state.pool.close().compactMap { state.hands[$0] } }
        for hand in hands { hand.bell.signal() }
    }

    /// Gives up what waits and what runs.
    func abandon() {
        let (jobs, hands) = state.withLock { ($0.pool.abandon(), Array($0.hands.values)) }
        for job in jobs { job.fail(PostgresError(.closed, "the database was closed before the work was done")) }
        for hand in hands { hand.interrupt.raise() }
    }

    /// Until the last thread has ended, after `close`.
    func ended() async {
        await withCheckedContinuation { closer in
            let isOver = state.withLock { state in
                if !state.pool.isOver { state.closers.append(closer) }
                return state.pool.isOver
            }
            if isOver { closer.resume() }
        }
    }

    private func make(_ move: Pool<Job>.Move) {
        switch move {
        case .wake(let worker): hand(of: worker)?.bell.signal()
        case .start(let worker): if let hand = hand(of: worker) { start(worker, hand) }
        case .wait: watch()
        }
    }

    private func hand(of worker: Int) -> Hand? { state.withLock { $0.hands[worker] } }

    // MARK: Work that waits

    private func watch() {
        let starts = state.withLock { state in
            defer { state.isWatched = true }
            return !state.isWatched
        }
        if starts { Task { await watchUntilNothingWaits() } }
    }

    private func watchUntilNothingWaits() async {
        while let deadline = nextDeadline() {
            // Nobody cancels this task.
            do { try await Task.sleep(until: deadline, clock: .continuous) } catch {}
            for job in state.withLock({ $0.pool.expire(at: .now) }) { job.fail(busy) }
        }
    }

    private func nextDeadline() -> ContinuousClock.Instant? {
        state.withLock { state in
            let deadline = state.pool.nextDeadline
            state.isWatched = deadline != nil
            return deadline
        }
    }

    private var busy: PostgresError {
        PostgresError(
            .busy,
            "no connection to the database was free within \(waitLimitMs / 1000) s: raise database.connections, or "
                + "find what keeps the server busy")
    }

    // MARK: A thread's life

    private func start(_ worker: Int, _ hand: Hand) {
        let thread = Thread { [self] in live(worker, hand) }
        thread.name = settings.name
        thread.start()
    }

    private func live(_ worker: Int, _ hand: Hand) {
        var connection: Connection?
        var answer: Answer?
        while true {
            let turn = state.withLock { $0.pool.next(worker) }
            answer?()
            answer = nil
            switch turn {
            case .work(let order):
                answer = work(order, worker, hand.interrupt, &connection)
                if answer == nil { return left(worker) }
            case .rest: hand.bell.wait()
            case .leave:
                connection = nil
                return left(worker)
            }
        }
    }

    /// - Returns: nil if the worker has left, since others have the connections.
    private func work(
        _ order: Pool<Job>.Order, _ worker: Int, _ interrupt: Interrupt, _ connection: inout Connection?
    ) -> Answer? {
        if let standing = connection, !standing.isAlive { forget(&connection, worker) }
        do throws(PostgresError) {
            let standing: Connection
            if let connection { standing = connection } else { standing = try connect(worker, interrupt) }
            connection = standing
            let answer = order.job.perform(standing)
            if !standing.isUsable { forget(&connection, worker) }
            return answer
        } catch {
            guard let move = state.withLock({ $0.pool.handOn(order, by: worker) }) else {
                return { order.job.fail(error) }
            }
            make(move)
            return nil
        }
    }

    private func connect(_ worker: Int, _ interrupt: Interrupt) throws(PostgresError) -> Connection {
        let refusal = state.withLock { state in
            let refusal = state.pool.refusal(now: .now)
            if refusal == nil { state.pool.connecting(worker) }
            return refusal
        }
        if let refusal { throw refusal }
        do throws(PostgresError) {
            let made = try Connection(settings, interrupt, logger)
            state.withLock { state in
                state.pool.connected(worker)
                state.backoff = Backoff()
            }
            logger.info("connected to the database")
            return made
        } catch {
            state.withLock { $0.pool.refused(worker, error, retryAt: .now + .milliseconds($0.backoff.next())) }
            logger.warning("no connection to the database", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func forget(_ connection: inout Connection?, _ worker: Int) {
        connection = nil
        state.withLock { $0.pool.broke(worker) }
        logger.warning("the connection to the database is lost")
    }

    private func left(_ worker: Int) {
        let closers = state.withLock { state in
            state.hands[worker] = nil
            defer { if state.pool.isOver { state.closers = [] } }
            return state.pool.isOver ? state.closers : []
        }
        for closer in closers { closer.resume() }
    }
}
