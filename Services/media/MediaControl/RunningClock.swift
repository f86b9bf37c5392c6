import TelephonyModel

/// Milliseconds in which this process ran: a gap between two readings that is longer than `longestGap` was a pause
/// (SIGSTOP, a paused machine), in which nobody could renew a lease. It is to be read about once a second.
public struct RunningClock: Codable, Hashable, Sendable {
    public static let longestGap = Duration.seconds(5)
    private var last = Duration.zero
    private var ran = Duration.zero

    public init() {}

    /// - Parameter reading: of a clock that goes on in a pause, since the start.
    public mutating func advance(to reading: Duration) -> Instant {
        let gap = reading - last
        last = reading
        if gap <= Self.longestGap { ran += gap }
        return Instant(
            milliseconds: ran.components.seconds * 1_000 + ran.components.attoseconds / 1_000_000_000_000_000)
    }
}
