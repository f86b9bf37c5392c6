/// Who does the next piece of work: rules only, without threads, clock or connections. Workers are numbers; each keeps
/// one connection. Work goes to an idle worker, else to a new one while there are fewer than `size`, else it waits.
struct Pool<Job: Sendable> {
    typealias Instant = ContinuousClock.Instant

    struct Order: Sendable {
        let job: Job
        /// When it has waited too long.
        let until: Instant
    }

    /// What is to be done so that an order is taken.
    enum Move: Equatable, Sendable {
        case wake(Int)
        case start(Int)
        case wait
    }

    /// What a worker does next.
    enum Turn: Sendable {
        case work(Order)
        case rest, leave
    }

    let size: Int
    private(set) var isOpen = true
    private var waiting: [Order] = []
    /// Given to a worker that has not yet come to take it.
    private var assigned: [Int: Order] = [:]
    private var workers: Set<Int> = []
    private var connecting: Set<Int> = []
    private var connected: Set<Int> = []
    /// The one that worked last at the end: it goes first, its connection is warm.
    private var idle: [Int] = []
    private var serial = 0
    private var refusal: (error: PostgresError, retryAt: Instant)?

    init(size: Int) {
        precondition(size > 0, "a pool without connections")
        self.size = size
    }

    /// Nobody works here, and nobody will.
    var isOver: Bool { !isOpen && workers.isEmpty }
    /// When the order that has waited longest has waited too long.
    var nextDeadline: Instant? { waiting.first?.until }

    mutating func add(_ job: Job, until: Instant, now: Instant) -> Move { place(Order(job: job, until: until), now) }

    mutating func next(_ worker: Int) -> Turn {
        if let order = assigned.removeValue(forKey: worker) { return .work(order) }
        if !waiting.isEmpty { return .work(waiting.removeFirst()) }
        guard isOpen else {
            leave(worker)
            return .leave
        }
        idle.append(worker)
        return .rest
    }

    // MARK: Connections

    /// Why no connection is tried at the moment.
    func refusal(now: Instant) -> PostgresError? { refusal.flatMap { now < $0.retryAt ? $0.error : nil } }

    mutating func connecting(_ worker: Int) { connecting.insert(worker) }

    mutating func connected(_ worker: Int) {
        connecting.remove(worker)
        connected.insert(worker)
        refusal = nil
    }

    mutating func refused(_ worker: Int, _ error: PostgresError, retryAt: Instant) {
        connecting.remove(worker)
        refusal = (error, retryAt)
    }

    mutating func broke(_ worker: Int) { connected.remove(worker) }

    /// A worker without a connection gives its order to those who have one, or may have one soon, and leaves.
    /// - Returns: nil if there are none: the order fails.
    mutating func handOn(_ order: Order, by worker: Int) -> Move? {
        guard !connected.isEmpty || !connecting.isEmpty else { return nil }
        leave(worker)
        if let other = takeIdle(where: connected.contains) {
            assigned[other] = order
            return .wake(other)
        }
        waiting.insert(order, at: 0)
        return .wait
    }

    // MARK: Limits and end

    /// Takes out what has waited too long.
    mutating func expire(at now: Instant) -> [Job] {
        let late = waiting.prefix { $0.until <= now }
        waiting.removeFirst(late.count)
        return late.map(\.job)
    }

    /// No more orders are taken; what waits is done. Answers whom to wake.
    mutating func close() -> [Int] {
        isOpen = false
        defer { idle = [] }
        return idle
    }

    /// Takes out all that waits.
    mutating func abandon() -> [Job] {
        defer { waiting = [] }
        return waiting.map(\.job)
    }

    private mutating func place(_ order: Order, _ now: Instant) -> Move {
        let mayConnect = mayConnect(now)
        if let worker = takeIdle(where: connected.contains) ?? takeIdle(where: { _ in mayConnect }) {
            assigned[worker] = order
            return .wake(worker)
        }
        guard workers.count < size, mayConnect else {
            waiting.append(order)
            return .wait
        }
        serial += 1
        workers.insert(serial)
        assigned[serial] = order
        return .start(serial)
    }

    /// While the server takes no more connections, those that stand do the work. If none stands somebody must say so.
    private func mayConnect(_ now: Instant) -> Bool { connected.isEmpty || refusal(now: now) == nil }

    private mutating func takeIdle(where fits: (Int) -> Bool) -> Int? {
        idle.lastIndex(where: fits).map { idle.remove(at: $0) }
    }

    private mutating func leave(_ worker: Int) {
        workers.remove(worker)
        connected.remove(worker)
    }
}
