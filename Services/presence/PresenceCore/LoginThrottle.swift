/// Slows the guessing of passwords down: after five wrong ones for a name, none is looked at for a minute.
/// Times are milliseconds of any steady clock.
public struct LoginThrottle: Sendable {
    public static let tries = 5
    public static let lockMs: Int64 = 60_000
    /// Wrong tries are forgotten after this long without another one.
    static let forgetMs: Int64 = 900_000
    /// Names that are kept; a flood of invented ones must not fill the memory.
    static let names = 10_000

    private struct Record: Sendable {
        var wrong = 0
        var lockedUntil: Int64?
        var lastAt: Int64
    }
    private var records: [String: Record] = [:]

    public init() {}
    public var count: Int { records.count }

    /// Before a password is looked at. The try counts as wrong until `right` is called, so that many at once are no
    /// way round.
    /// - Returns: nil to go on, or how long the name is locked still, in milliseconds.
    public mutating func begin(_ name: String, now: Int64) -> Int64? {
        var record = records[name] ?? Record(lastAt: now)
        if let until = record.lockedUntil, now < until { return until - now }
        if record.lockedUntil != nil || now - record.lastAt >= Self.forgetMs { record = Record(lastAt: now) }
        record.wrong += 1
        record.lastAt = now
        if record.wrong >= Self.tries { record.lockedUntil = now + Self.lockMs }
        records[name] = record
        if records.count > Self.names { makeRoom() }
        return nil
    }

    /// The password was right.
    public mutating func right(_ name: String) { records[name] = nil }

    /// The older half goes, so that this is seldom done.
    private mutating func makeRoom() {
        let newest = records.sorted { $0.value.lastAt > $1.value.lastAt }.prefix(Self.names / 2)
        records = Dictionary(uniqueKeysWithValues: newest.map { ($0.key, $0.value) })
    }
}
