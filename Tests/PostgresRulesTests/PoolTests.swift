import Testing

@testable import Postgres

/// Who does the next piece of work, step by step.
struct PoolTests {
    typealias Instant = ContinuousClock.Instant
    private static let start = ContinuousClock.now
    private static let away = PostgresError(.unreachable, "away")

    private func at(_ seconds: Int) -> Instant { Self.start + .seconds(seconds) }

    /// Gives work at a second of the story, with five seconds to wait.
    private func add(_ job: String, to pool: inout Pool<String>, at second: Int = 0) -> Pool<String>.Move {
        pool.add(job, until: at(second + 5), now: at(second))
    }

    private func take(_ worker: Int, _ pool: inout Pool<String>) -> String {
        switch pool.next(worker) {
        case .work(let order): order.job
        case .rest: "rest"
        case .leave: "leave"
        }
    }

    private func order(_ worker: Int, _ pool: inout Pool<String>) throws -> Pool<String>.Order {
        guard case .work(let order) = pool.next(worker) else { throw Self.away }
        return order
    }

    @Test func workersComeWithTheWorkUpToTheSize() {
        var pool = Pool<String>(size: 2)
        #expect(add("a", to: &pool) == .start(1))
        #expect(add("b", to: &pool) == .start(2))
        #expect(add("c", to: &pool) == .wait)
        #expect(take(1, &pool) == "a" && take(2, &pool) == "b")
        #expect(take(2, &pool) == "c" && take(1, &pool) == "rest")
    }

    @Test func theWarmestConnectionGoesFirst() {
        var pool = Pool<String>(size: 3)
        for (job, worker) in [("a", 1), ("b", 2), ("c", 3)] {
            #expect(add(job, to: &pool) == .start(worker))
            #expect(take(worker, &pool) == job)
        }
        pool.connected(1)
        pool.connected(3)
        for worker in [3, 1, 2] { #expect(take(worker, &pool) == "rest") }
        #expect(add("d", to: &pool) == .wake(1))
        #expect(add("e", to: &pool) == .wake(3))
        #expect(add("f", to: &pool) == .wake(2))  // It has no connection yet.
        #expect(take(1, &pool) == "d" && take(3, &pool) == "e" && take(2, &pool) == "f")
    }

    @Test func whatHasWaitedTooLongIsTakenOutOldestFirst() {
        var pool = Pool<String>(size: 1)
        for (second, job) in ["a", "b", "c"].enumerated() { _ = add(job, to: &pool, at: second) }
        #expect(pool.nextDeadline == at(6))
        #expect(pool.expire(at: at(5)) == [])
        #expect(pool.expire(at: at(6)) == ["b"])
        #expect(take(1, &pool) == "a" && take(1, &pool) == "c")
        #expect(pool.nextDeadline == nil)
    }

    @Test func whoGetsNoConnectionLeavesTheWorkToThoseWhoHaveOne() throws {
        var pool = Pool<String>(size: 2)
        _ = add("a", to: &pool)
        _ = add("b", to: &pool)
        #expect(take(1, &pool) == "a")
        pool.connected(1)
        let order = try order(2, &pool)
        pool.connecting(2)
        pool.refused(2, Self.away, retryAt: at(3))
        #expect(pool.handOn(order, by: 2) == .wait)
        #expect(take(1, &pool) == "b" && take(1, &pool) == "rest")
        // While no more connections are to be had nobody is started for one.
        #expect(add("c", to: &pool, at: 1) == .wake(1))
        #expect(add("d", to: &pool, at: 1) == .wait)
        #expect(add("e", to: &pool, at: 4) == .start(3))
    }

    @Test func workGoesOnToWhoIsIdle() throws {
        var pool = Pool<String>(size: 2)
        _ = add("a", to: &pool)
        _ = add("b", to: &pool)
        #expect(take(1, &pool) == "a")
        pool.connected(1)
        #expect(take(1, &pool) == "rest")
        #expect(pool.handOn(try order(2, &pool), by: 2) == .wake(1))
        #expect(take(1, &pool) == "b")
    }

    @Test func whoIsStillConnectingMayTakeItToo() throws {
        var pool = Pool<String>(size: 2)
        _ = add("a", to: &pool)
        _ = add("b", to: &pool)
        let (first, second) = (try order(1, &pool), try order(2, &pool))
        pool.connecting(1)
        pool.connecting(2)
        pool.refused(2, Self.away, retryAt: at(3))
        #expect(pool.handOn(second, by: 2) == .wait)
        // The last one tells all of them.
        pool.refused(1, Self.away, retryAt: at(3))
        #expect(pool.handOn(first, by: 1) == nil)
        #expect(take(1, &pool) == "b")
    }

    @Test func withoutAnyConnectionWorkFailsAtOnceUntilItIsTimeToTryAgain() throws {
        var pool = Pool<String>(size: 2)
        _ = add("a", to: &pool)
        let first = try order(1, &pool)
        pool.connecting(1)
        pool.refused(1, Self.away, retryAt: at(2))
        #expect(pool.handOn(first, by: 1) == nil)
        #expect(take(1, &pool) == "rest")
        #expect(pool.refusal(now: at(1)) == Self.away)
        #expect(add("b", to: &pool, at: 1) == .wake(1))
        #expect(pool.refusal(now: at(2)) == nil)
        pool.connecting(1)
        pool.connected(1)
        pool.broke(1)
        #expect(pool.handOn(try order(1, &pool), by: 1) == nil)
    }

    @Test func closingWakesTheIdleAndDoesWhatWaits() {
        var pool = Pool<String>(size: 2)
        _ = add("a", to: &pool)
        _ = add("b", to: &pool)
        #expect(take(2, &pool) == "b" && take(1, &pool) == "a")
        #expect(add("c", to: &pool) == .wait)
        #expect(take(2, &pool) == "c" && take(2, &pool) == "rest")
        #expect(pool.close() == [2])
        #expect(take(2, &pool) == "leave" && !pool.isOver)
        #expect(take(1, &pool) == "leave" && pool.isOver)
    }

    @Test func abandoningTakesOutWhatWaits() {
        var pool = Pool<String>(size: 1)
        for job in ["a", "b", "c"] { _ = add(job, to: &pool) }
        _ = pool.close()
        #expect(pool.abandon() == ["b", "c"])
        #expect(take(1, &pool) == "a" && take(1, &pool) == "leave" && pool.isOver)
    }
}
