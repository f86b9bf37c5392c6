import TelephonyModel

/// The calls that run now, as the bus tells of them: the one reducer of everybody who shows calls. Per call the newest
/// state wins; an instance's snapshot ends what it does not name; an instance that is gone takes its calls with it.
/// So a call whose `ended` was missed does not stay for ever. Times are milliseconds of any steady clock.
public struct RunningCalls: Sendable {
    /// How long an ended call is remembered, so that a late event of it does not wake it up again; and how long a call
    /// may run without an instance that says it is his.
    public static let memoryMs: Int64 = 60_000

    private struct Entry: Sendable {
        var newest: Newest<CallState>
        /// The signaling instance that has it, as far as known.
        var owner: InstanceID?
        var heardAt: Int64
    }
    private var entries: [CallID: Entry] = [:]
    private var running: [UserID: Set<CallID>] = [:]

    public init() {}

    /// How many calls are kept, running or remembered.
    public var count: Int { entries.count }
    /// Who has a call that runs.
    public var users: Set<UserID> { Set(running.keys) }

    /// The newest state of a call that runs, or ended a short while ago.
    public func state(of call: CallID) -> CallState? { entries[call]?.newest.value }
    public func owner(of call: CallID) -> InstanceID? { entries[call]?.owner }

    /// A user's calls that run, oldest first: ids are UUIDv7.
    public func calls(of user: UserID) -> [CallState] {
        (running[user] ?? []).sorted().compactMap { entries[$0]?.newest.value }
    }

    /// A `call.*` event, one call of a snapshot, or the state in an answer.
    /// - Parameter owner: who said so, if it is known. Also taken from what is no news.
    /// - Returns: whether it was news.
    public mutating func heard(
        _ state: CallState, at position: CallPosition, from owner: InstanceID?, now: Int64
    ) -> Bool {
        guard var entry = entries[state.call] else {
            entries[state.call] = Entry(newest: Newest(state, at: position), owner: owner, heardAt: now)
            note(state)
            return true
        }
        let isNews = entry.newest.offer(state, at: position)
        if isNews { entry.heardAt = now }
        if let owner, position.epoch == entry.newest.position.epoch { entry.owner = owner }
        entries[state.call] = entry
        if isNews { note(state) }
        return isNews
    }

    /// What a snapshot changed.
    public struct Change: Hashable, Sendable {
        /// States that were not known before.
        public var news: [CallState] = []
        /// The last known states of calls that are over, though nobody heard of their end.
        public var over: [CallState] = []
        public init() {}
    }

    /// What one instance runs now. Its calls that the answer does not name are over, unless they were heard of after
    /// the question was asked.
    public mutating func snapshot(
        _ items: [CallSnapshot.Answer.Item], of owner: InstanceID, askedAt: Int64, now: Int64
    ) -> Change {
        var change = Change()
        change.news = items.filter { heard($0.state, at: $0.position, from: owner, now: now) }.map(\.state)
        let named = Set(items.map(\.state.call))
        change.over = drop { id, entry in entry.owner == owner && entry.heardAt < askedAt && !named.contains(id) }
        return change
    }

    /// An instance is gone, and its calls with it.
    /// - Returns: their last known states.
    public mutating func lost(_ owner: InstanceID) -> [CallState] { drop { $1.owner == owner } }

    /// Its owner says that he has no such call.
    /// - Returns: its last known state, if it was thought to run.
    public mutating func over(_ call: CallID) -> CallState? { drop { id, _ in id == call }.first }

    /// Forgets calls that ended a while ago, and those that no instance has claimed for as long.
    /// - Returns: the last known states of the latter.
    public mutating func forget(now: Int64) -> [CallState] {
        let old = entries.filter { now - $0.value.heardAt >= Self.memoryMs }
        for (id, entry) in old where entry.newest.value.phase == .ended { entries[id] = nil }
        return drop { id, entry in entry.owner == nil && old[id] != nil }
    }

    /// Drops calls that run; ended ones stay remembered.
    private mutating func drop(_ isOver: (CallID, Entry) -> Bool) -> [CallState] {
        let over = entries.filter { $0.value.newest.value.phase != .ended && isOver($0.key, $0.value) }
            .map(\.value.newest.value).sorted { $0.call < $1.call }
        for state in over {
            stop(state)
            entries[state.call] = nil
        }
        return over
    }

    private mutating func note(_ state: CallState) {
        if state.phase == .ended { stop(state) } else { running[state.user, default: []].insert(state.call) }
    }

    private mutating func stop(_ state: CallState) {
        running[state.user]?.remove(state.call)
        if running[state.user]?.isEmpty == true { running[state.user] = nil }
    }
}
