import TelephonyModel

/// Milliseconds since the start, without the time in which this process stood still (SIGSTOP, a paused machine): nobody
/// could renew a lease then. It must be asked about once a second.
struct RunningClock {
    /// A gap over this is a pause.
    static let longestGap = Duration.seconds(5)
    private var last = ContinuousClock.now
    private var ran = Duration.zero

    mutating func now() -> Instant {
        let now = ContinuousClock.now
        let gap = last.duration(to: now)
        last = now
        if gap <= Self.longestGap { ran += gap }
        return Instant(
            milliseconds: ran.components.seconds * 1_000 + ran.components.attoseconds / 1_000_000_000_000_000)
    }
}
