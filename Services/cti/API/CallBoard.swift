import BusContract
import Foundation
import Synchronization
import TelephonyModel

/// What runs now, as the bus tells it: calls by the one reducer (highest epoch and sequence wins), and everybody's phone
/// status. Feeds the event streams.
public final class CallBoard: Sendable {
    private let state = Mutex(BoardState())
    /// How long a finished call is still shown, in seconds.
    private static let memorySeconds = 60
    /// Events that wait for a slow client; one more ends its stream, and it connects again.
    private static let backlog = 1_000

    public init() {}

    /// Takes a call's state.
    /// - Parameters:
    ///   - owner: the signaling instance that has it, if known.
    ///   - id: the bus event's.
    public func offer(_ value: CallState, at position: CallPosition, owner: InstanceID? = nil, id: String? = nil) {
        update { state in
            guard state.take(value, at: position, owner: owner) else { return [] }
            return state.send(BoardEvent(id: id, name: "call", json: Self.json(value))) { $0 == value.user }
        }
    }

    /// Takes a user's phone status.
    public func offer(_ status: UserStatus, id: String? = nil) {
        update { state in
            guard state.statuses.updateValue(status, forKey: status.user) != status else { return [] }
            return state.send(BoardEvent(id: id, name: "presence", json: Self.json(status))) { _ in true }
        }
    }

    /// Drops calls that ended a while ago, and says to each stream that it is still there; to be called every few
    /// seconds.
    public func tick() {
        let limit = ContinuousClock.now - .seconds(Self.memorySeconds)
        update { state in
            state.calls = state.calls.filter { $0.value.endedAt.map { $0 > limit } ?? true }
            return state.send(.keepAlive) { _ in true }
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

    func call(_ call: CallID) -> CallState? { state.withLock { $0.calls[call]?.newest.value } }

    func calls(of user: UserID) -> [CallState] {
        state.withLock { state in
            state.calls.values.map(\.newest.value).filter { $0.user == user }.sorted { $0.call < $1.call }
        }
    }

    /// Who has the call. His first event may still be on its way when he has already answered: waits up to a second.
    func owner(of call: CallID) async -> InstanceID? {
        for _ in 0..<20 {
            if let owner = state.withLock({ $0.calls[call]?.owner }) { return owner }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return nil }
        }
        return nil
    }

    /// The present state first, then each change, without a gap between.
    func subscribe(_ user: UserID) -> AsyncStream<BoardEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: BoardEvent.self, bufferingPolicy: .bufferingOldest(Self.backlog))
        let number = state.withLock { $0.add(user, continuation, present: Self.present) }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in _ = state.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    private static func present(_ calls: [CallState], _ statuses: [UserStatus]) -> [BoardEvent] {
        calls.map { BoardEvent(id: nil, name: "call", json: json($0)) }
            + statuses.map { BoardEvent(id: nil, name: "presence", json: json($0)) }
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            preconditionFailure("a bus value that is no JSON: \(error)")
        }
    }
}

private struct BoardState {
    struct Call {
        var newest: Newest<CallState>
        var owner: InstanceID?
        var endedAt: ContinuousClock.Instant?
    }
    typealias Stream = AsyncStream<BoardEvent>.Continuation

    var calls: [CallID: Call] = [:]
    var statuses: [UserID: UserStatus] = [:]
    var listeners: [Int: (user: UserID, stream: Stream)] = [:]
    var isOpen = true
    private var serial = 0

    /// Whether the value was news. Who owns the call is also taken from what is not.
    mutating func take(_ value: CallState, at position: CallPosition, owner: InstanceID?) -> Bool {
        let isNews: Bool
        if calls[value.call] == nil {
            calls[value.call] = Call(newest: Newest(value, at: position))
            isNews = true
        } else {
            isNews = calls[value.call]?.newest.offer(value, at: position) ?? false
        }
        let isCurrent = position.epoch == calls[value.call]?.newest.position.epoch
        if let owner, isCurrent { calls[value.call]?.owner = owner }
        if isNews, value.phase == .ended { calls[value.call]?.endedAt = .now }
        return isNews
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

    /// - Returns: the listener's number; nil once the board is closed.
    mutating func add(
        _ user: UserID, _ stream: Stream, present: ([CallState], [UserStatus]) -> [BoardEvent]
    ) -> Int? {
        guard isOpen else { return nil }
        let own = calls.values.map(\.newest.value).filter { $0.user == user && $0.phase != .ended }
        for event in present(own.sorted { $0.call < $1.call }, statuses.values.sorted { $0.user < $1.user }) {
            stream.yield(event)
        }
        serial += 1
        listeners[serial] = (user, stream)
        return serial
    }
}
