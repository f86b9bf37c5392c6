import BusContract
import TelephonyModel

/// Whose phone is available, rings or is in use, by the calls that signaling tells of: per call the newest state wins.
/// Times are milliseconds of any steady clock.
public struct PhoneBoard: Sendable {
    /// How long an ended call is remembered, so that a late event of it does not wake it up again.
    static let memoryMs: Int64 = 60_000

    private struct Call: Sendable {
        var newest: Newest<CallState>
        /// The signaling instance that told of it ("rufbus/signaling/a1").
        var source: String
        var heardAt: Int64
    }
    private var calls: [CallID: Call] = [:]
    private var running: [UserID: Set<CallID>] = [:]

    public init() {}

    public func phone(of user: UserID) -> UserStatus.Phone {
        let phones = (running[user] ?? []).compactMap { calls[$0].flatMap { Self.phone(in: $0.newest.value) } }
        return phones.contains(.onThePhone) ? .onThePhone : phones.first ?? .available
    }

    /// How many calls are kept, running or remembered.
    public var count: Int { calls.count }

    /// A `call.*` event, or one call of a snapshot.
    /// - Returns: the user, if his status changed.
    public mutating func heard(
        _ state: CallState, at position: CallPosition, from source: String, now: Int64
    ) -> UserID? {
        let before = phone(of: state.user)
        if var known = calls[state.call] {
            guard known.newest.offer(state, at: position) else { return nil }
            (known.source, known.heardAt) = (source, now)
            calls[state.call] = known
        } else {
            calls[state.call] = Call(newest: Newest(state, at: position), source: source, heardAt: now)
        }
        if state.phase == .ended { stop(state) } else { running[state.user, default: []].insert(state.call) }
        return phone(of: state.user) == before ? nil : state.user
    }

    /// What one instance runs now. Its calls that the answer does not name are over, unless they were heard of after
    /// the question was asked.
    /// - Returns: the users whose status changed.
    public mutating func snapshot(
        _ items: [CallSnapshot.Answer.Item], from source: String, askedAt: Int64, now: Int64
    ) -> [UserID] {
        var changed = Set(items.compactMap { heard($0.state, at: $0.position, from: source, now: now) })
        let named = Set(items.map(\.state.call))
        for (id, call) in calls where call.source == source && call.heardAt < askedAt && !named.contains(id) {
            if let user = drop(id) { changed.insert(user) }
        }
        return changed.sorted()
    }

    /// An instance is gone, and nobody tells of its calls any more.
    /// - Returns: the users whose status changed.
    public mutating func lost(_ source: String) -> [UserID] {
        Set(calls.filter { $0.value.source == source }.keys.compactMap { drop($0) }).sorted()
    }

    /// Forgets calls that ended a while ago.
    public mutating func forget(now: Int64) {
        calls = calls.filter { $0.value.newest.value.phase != .ended || now - $0.value.heardAt < Self.memoryMs }
    }

    private mutating func drop(_ id: CallID) -> UserID? {
        guard let state = calls[id]?.newest.value else { return nil }
        let before = phone(of: state.user)
        stop(state)
        calls[id] = nil
        return phone(of: state.user) == before ? nil : state.user
    }

    private mutating func stop(_ state: CallState) {
        running[state.user]?.remove(state.call)
        if running[state.user]?.isEmpty == true { running[state.user] = nil }
    }

    /// Nobody has picked up anything before an outgoing call's device answered, or an incoming call is talked on.
    /// What a newer version means by its phase is not known: then it is never a false "available".
    private static func phone(in state: CallState) -> UserStatus.Phone? {
        switch state.phase {
        case .started, .ringing: .ringing
        case .guarding: state.direction == .incoming ? .ringing : .onThePhone
        case .dialing, .alerting, .talking, .unknown: .onThePhone
        case .ended: nil
        }
    }
}
