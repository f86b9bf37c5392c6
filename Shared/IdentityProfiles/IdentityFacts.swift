import BusContract
import TelephonyModel

/// What an INVITE of ours is to say about whom it comes from, whatever the trunk's headers are called.
public struct IdentityFacts: Hashable, Sendable {
    /// That the call was for the office number and goes on from there.
    public struct Diverted: Hashable, Sendable {
        public var reason: DivertReason
        /// How many diversions of the call there were, with this one.
        public var count: Int
        public init(_ reason: DivertReason, count: Int = 1) { (self.reason, self.count) = (reason, count) }
    }

    /// The user's office number, E.164 with `+`.
    public var officeNumber: String
    /// Whom an own phone shows instead: the caller of an incoming call; without number he is anonymous.
    public var caller: PartyView?
    /// Of the phone that is called.
    public var reach: Reach
    public var diverted: Diverted?
    /// User part of the Request-URI.
    public var target: String
    /// Whether the user wants his number not to be shown.
    public var isSuppressed: Bool

    public init(
        officeNumber: String, caller: PartyView? = nil, reach: Reach, diverted: Diverted? = nil, target: String,
        isSuppressed: Bool = false
    ) {
        (self.officeNumber, self.caller, self.reach) = (officeNumber, caller, reach)
        (self.diverted, self.target, self.isSuppressed) = (diverted, target, isSuppressed)
    }
}

/// Why a call goes on (RFC 5806 §4, RFC 4458 §3).
public enum DivertReason: String, Codable, Sendable, CaseIterable {
    case unknown, unconditional, unavailable, deflection
    case userBusy = "user-busy"
    case noAnswer = "no-answer"
    case doNotDisturb = "do-not-disturb"
    case timeOfDay = "time-of-day"

    /// URI parameter `cause` of History-Info (RFC 4458 §2); reasons that it does not know are as RFC 7544 §5 maps them.
    public var cause: Int {
        switch self {
        case .unknown, .timeOfDay: 404
        case .unconditional: 302
        case .userBusy: 486
        case .noAnswer: 408
        case .deflection: 480
        case .unavailable, .doNotDisturb: 503
        }
    }
}
