import TelephonyModel

/// An armed timer of a seat.
public struct TimerID: Hashable, Codable, Sendable {
    public enum What: String, Codable, Sendable, CaseIterable {
        /// The caller of an incoming call hears ringback now, whatever a device does.
        case alert
        /// A phone that is being called has rung long enough, or the next one's turn has come.
        case ring
        /// No early media came from the target: ringback of ours.
        case earlyMedia
        /// Nobody pressed a key, and media did not say so.
        case guardKey
        /// The tone was heard long enough.
        case tone
        /// A checkpoint was not confirmed in time: go on, unprotected.
        case writeAhead
        /// The far side answered neither CANCEL nor 200: the leg is let go.
        case release
        /// Media did not answer a command: it is told again.
        case media
    }
    public var call: CallID
    public var what: What
    public init(_ call: CallID, _ what: What) { (self.call, self.what) = (call, what) }
}

/// How long things last, in milliseconds. Ours unless a source is named.
enum Limit {
    /// The caller hears ringback within 1 s; a little before, so that the 180 is with him by then.
    static let alert: Int64 = 900
    static let earlyMedia: Int64 = 300
    /// A person needs longer than this to lift a phone that has just begun to ring.
    static let quickAnswer: Int64 = 2_000
    static let guardKey = 10_000
    /// Media says when the key did not come; this is for the case that its word is lost.
    static let guardSlack: Int64 = 2_000
    /// A mailbox answers after this, when its owner has not.
    static let lateAnswer: Int64 = 22_000
    static let targetRing: Int64 = 120_000
    /// With the longest usual ring time of a device (25 s) inside the 60 s after which a PBX gives up by itself.
    static let fallbackRing: Int64 = 30_000
    /// What a ring plan leaves of the trunk's patience to the fallback, a quarter of it at most.
    static let fallbackShare: Int64 = 15_000
    /// Whoever is called rings so long at least.
    static let shortestRing: Int64 = 5_000
    /// So much before the trunk gives up all ringing is over.
    static let trunkSlack: Int64 = 2_000
    /// Phones of one ring plan. With party and fallback within the legs that media opens for a call.
    static let phones = 8
    /// Legs of one role; the last digits of a leg's id leave room for as many.
    static let legs = 90
    /// Busy or congestion, to a device whose target cannot be had.
    static let failureTone: Int64 = 3_000
    /// Busy, to a device whose caller gave up during the guard: released within 2 s.
    static let farewellTone: Int64 = 1_500
    static let writeAhead: Int64 = 250
    /// After a command that media did not answer.
    static let mediaAgain: Int64 = 1_000
    /// Above 64*T1 = 32 s, the longest that a transaction may stay open (RFC 3261 §17.1.1.2, §9.1).
    static let release: Int64 = 35_000
    /// Two clicks on "call" make one call.
    static let sameCall: Int64 = 2_000
    /// How long a finished call answers a repeated originate.
    static let memory: Int64 = 60_000
    static let remembered = 16
}
