import BusContract
import Synchronization
import TelephonyModel

/// What runs now, as the bus tells it: calls by the one reducer (`RunningCalls`), and everybody's phone status. Feeds
/// the event streams.
public final class CallBoard: Sendable {
    private let state = Mutex(BoardState())
    /// Events that wait for a slow client; one more ends its stream, and it connects again.
    private static let backlog = 1_000
    /// Event streams that one user may have open: desks, tabs and command lines.
    public static let streamsPerUser = 10
    private let start = ContinuousClock.now

    public init() {}

    /// Milliseconds since this board began: for `askedAt`.
    public var now: Int64 { Int64(start.duration(to: .now) / .milliseconds(1)) }

    /// Takes a call's state.
    /// - Parameters:
    ///   - owner: the signaling instance that has it, if known.
    ///   - id: the bus event's.
    public func offer(_ value: CallState, at position: CallPosition, owner: InstanceID? = nil, id: String? = nil) {
        update { state in
            guard state.calls.heard(value, at: position, from: owner, now: now) else { return [] }
            return state.tell([value], id: id)
        }
    }

    /// Takes all calls of an instance. Those of its calls that are not among them are over.
    /// - Parameter askedAt: `now` when the question was sent.
    public func snapshot(_ items: [CallSnapshot.Answer.Item], of owner: InstanceID, askedAt: Int64) {
        update { state in
            let change = state.calls.snapshot(items, of: owner, askedAt: askedAt, now: now)
            return state.tell(change.news + change.over.map(\.over))
        }
    }

    /// An instance is gone, and its calls with it.
    public func lost(_ owner: InstanceID) {
        update { state in state.tell(state.calls.lost(owner).map(\.over)) }
    }

    /// Its owner says that there is no such call.
    func isOver(_ call: CallID) {
        update { state in state.tell([state.calls.over(call)].compactMap(\.self).map(\.over)) }
    }

    /// Takes a user's phone status.
    public func offer(_ status: UserStatus, id: String? = nil) {
        update { $0.offer(status, id: id, now: now) }
    }

    /// Takes everybody's phone status. Who is not among them is not in the directory any more.
    /// - Parameter askedAt: `now` when the question was sent; what was heard since then is newer.
    public func replace(_ statuses: [UserStatus], askedAt: Int64) {
        update { state in
            let named = Set(statuses.map(\.user))
            state.statuses = state.statuses.filter { named.contains($0.key) || $0.value.heardAt >= askedAt }
            let older = statuses.filter { status in state.statuses[status.user].map { $0.heardAt < askedAt } ?? true }
            return older.flatMap { status in state.offer(status, id: nil, now: now) }
        }
    }

    /// Drops calls that ended a while ago, and says to each stream that it is still there; to be called every few
    /// seconds.
    public func tick() {
        update { state in
            let over = state.calls.forget(now: now).map(\.over)
            return state.tell(over) + state.send(.keepAlive) { _ in true }
        }
    }

    /// Ends all streams.
    public func close() {
        update { state in
            state.isOpen = false
            defer { state.listeners = [:] }
            return state.listeners.values.map(\.stream)
        }
    }

    /// Streams end outside the lock: their end takes it.
    private func update(_ change: (inout BoardState) -> [AsyncStream<BoardEvent>.Continuation]) {
        for stream in state.withLock({ change(&$0) }) { stream.finish() }
    }

    func call(_ call: CallID) -> CallState? { state.withLock { $0.calls.state(of: call) } }

    /// Those that run.
    func calls(of user: UserID) -> [CallState] { state.withLock { $0.calls.calls(of: user) } }

    /// Who has the call. His first event may still be on its way when he has already answered: waits up to a second.
    func owner(of call: CallID) async -> InstanceID? {
        for _ in 0..<20 {
            if let owner = state.withLock({ $0.calls.owner(of: call) }) { return owner }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return nil }
        }
        return nil
    }

    /// The present state first, then each change, without a gap between.
    /// - Throws: 429 if the user has too many streams.
    func subscribe(_ user: UserID) throws(Refusal) -> AsyncStream<BoardEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: BoardEvent.self, bufferingPolicy: .bufferingOldest(Self.backlog))
        switch state.withLock({ $0.add(user, continuation) }) {
        case .listener(let number):
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { state in _ = state.listeners.removeValue(forKey: number) }
            }
        case .closed: continuation.finish()
        case .tooMany:
            throw Refusal(
                429, "too-many-streams",
                "You have \(Self.streamsPerUser) event streams open, more are not given: close one and try again.")
        }
        return stream
    }
}

private struct BoardState {
    typealias Stream = AsyncStream<BoardEvent>.Continuation
    enum Added { case listener(Int), closed, tooMany }

    var calls = RunningCalls()
    var statuses: [UserID: (status: UserStatus, heardAt: Int64)] = [:]
    var listeners: [Int: (user: UserID, stream: Stream)] = [:]
    var isOpen = true
    private var serial = 0

    /// Tells users of their calls.
    mutating func tell(_ calls: [CallState], id: String? = nil) -> [Stream] {
        calls.flatMap { call in send(BoardEvent(id: id, call: call)) { $0 == call.user } }
    }

    mutating func offer(_ status: UserStatus, id: String?, now: Int64) -> [Stream] {
        guard statuses.updateValue((status, now), forKey: status.user)?.status != status else { return [] }
        return send(BoardEvent(id: id, presence: status)) { _ in true }
    }

    /// - Returns: the streams that are too slow, for the caller to end; they are no listeners any more.
    mutating func send(_ event: BoardEvent, to wants: (UserID) -> Bool) -> [Stream] {
        var slow: [Stream] = []
        for (number, listener) in listeners where wants(listener.user) {
            guard case .dropped = listener.stream.yield(event) else { continue }
            listeners[number] = nil
            slow.append(listener.stream)
        }
        return slow
    }

    mutating func add(_ user: UserID, _ stream: Stream) -> Added {
        guard isOpen else { return .closed }
        guard listeners.values.count(where: { $0.user == user }) < CallBoard.streamsPerUser else { return .tooMany }
        for call in calls.calls(of: user) { stream.yield(BoardEvent(id: nil, call: call)) }
        for status in statuses.values.map(\.status).sorted(by: { $0.user < $1.user }) {
            stream.yield(BoardEvent(id: nil, presence: status))
        }
        serial += 1
        listeners[serial] = (user, stream)
        return .listener(serial)
    }
}

extension CallState {
    /// A call that is over, though nobody heard how: for whoever shows it. The journal tells more.
    fileprivate var over: CallState {
        var state = self
        (state.phase, state.allowedVerbs) = (.ended, [])
        return state
    }
}
