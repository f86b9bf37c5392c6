import BusContract
import TelephonyModel

/// The targets of one trunk: which is there, which is to be left alone for a while, and which is next.
struct TrunkTargets: Codable, Hashable, Sendable {
    /// For how long a target that failed is passed over, unless it says itself for how long.
    static let avoidedMs: Int64 = 10_000
    /// Longest Retry-After that is believed.
    static let longestMs: Int64 = 3_600_000

    struct Record: Codable, Hashable, Sendable {
        /// Its last OPTIONS or REGISTER went unanswered.
        var isDown = false
        var avoidedUntil: Instant?
        /// It had no lines left.
        var isFull = false
        /// Why it was left, for people.
        var words = ""
        /// They say what to do.
        var isAdvised = false
    }
    private(set) var records: [Record]
    /// Positions by priority.
    private let order: [Int]

    init(_ targets: [TrunkTarget]) {
        records = targets.map { _ in Record() }
        order = targets.indices.sorted { (targets[$0].priority, $0) < (targets[$1].priority, $1) }
    }

    /// The best target that was not tried yet: one that is there and not avoided; else one that is only avoided; else
    /// any, since it may have come back.
    func best(besides tried: Set<Int>, at now: Instant) -> Int? {
        let left = order.filter { !tried.contains($0) }
        return left.first { !records[$0].isDown && !isAvoided($0, at: now) } ?? left.first { !records[$0].isDown }
            ?? left.first
    }

    func isAvoided(_ target: Int, at now: Instant) -> Bool { records[target].avoidedUntil.map { now < $0 } ?? false }

    /// When the first of the avoided may be used again.
    func nextReturn(after now: Instant) -> Instant? { records.compactMap(\.avoidedUntil).filter { $0 > now }.min() }

    var areAllDown: Bool { records.allSatisfy(\.isDown) }

    /// Every target is full or down, and one is full.
    func areFull(at now: Instant) -> Bool {
        let full = records.indices.map { records[$0].isFull && isAvoided($0, at: now) }
        return full.contains(true) && records.indices.allSatisfy { full[$0] || records[$0].isDown }
    }

    /// It answered OPTIONS or REGISTER.
    mutating func isThere(_ target: Int) { records[target].isDown = false }

    mutating func isGone(_ target: Int, _ answer: TargetAnswer) {
        records[target].isDown = true
        (records[target].words, records[target].isAdvised) = (answer.words, answer.detail != nil)
    }

    mutating func avoid(_ target: Int, _ answer: TargetAnswer, at now: Instant) {
        let said = answer.retryAfterSeconds.map { min(Int64(max(0, $0)) * 1_000, Self.longestMs) }
        records[target].avoidedUntil = now + max(said ?? Self.avoidedMs, 1_000)
        records[target].isFull = !answer.isSilence && answer.status == 503
        (records[target].words, records[target].isAdvised) = (answer.words, answer.detail != nil)
    }
}
