import Foundation

/// The clocks of this process; the cores read none.
enum Clock {
    private static let start = ContinuousClock.now
    /// Milliseconds since this process began.
    static func steadyMs() -> Int64 { Int64(start.duration(to: .now) / .milliseconds(1)) }
    /// Milliseconds since 1970-01-01 UTC: for display and expiry.
    static func wallMs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
}
