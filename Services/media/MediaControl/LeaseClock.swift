import TelephonyModel

/// Counts the milliseconds in which an owner could have renewed a lease: those in which this instance was connected to
/// the bus, but not the first 30 s after a reconnect, in which owners find their way back.
struct LeaseClock: Codable, Hashable, Sendable {
    /// A lease ends after so much of this clock without a sign of life.
    static let lease: Int64 = 60_000
    static let graceAfterReconnect: Int64 = 30_000

    private var counted: Int64 = 0
    /// Since when it counts; nil while the bus is away. May lie ahead.
    private var countingFrom: Instant?
    private var wasConnected = false

    mutating func connected(at now: Instant) {
        guard countingFrom == nil else { return }
        countingFrom = wasConnected ? now + Self.graceAfterReconnect : now
        wasConnected = true
    }

    mutating func lost(at now: Instant) {
        counted = elapsed(at: now)
        countingFrom = nil
    }

    func elapsed(at now: Instant) -> Int64 {
        guard let countingFrom else { return counted }
        return counted + max(0, now - countingFrom)
    }

    func isCounting(at now: Instant) -> Bool { countingFrom.map { $0 <= now } ?? false }
}
