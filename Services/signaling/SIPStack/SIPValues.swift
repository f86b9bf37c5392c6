import CSofiaSIP
import TelephonyModel

// The values that go into and come out of the SIP stack. All copied: nothing refers to the library's memory.

/// A Reason header (RFC 3326), one value.
public struct ReasonHeader: Sendable, Hashable {
    /// "SIP" or "Q.850", as received.
    public var scheme: String
    public var cause: Int?
    public var text: String?
    public init(_ scheme: String, cause: Int?, text: String? = nil) {
        (self.scheme, self.cause, self.text) = (scheme, cause, text)
    }
    public var isQ850: Bool { scheme.uppercased() == "Q.850" }
}

/// Whom an INVITE of ours goes to: Request-URI and To.
public struct SIPTarget: Sendable, Hashable {
    /// User part: a number or a dial string; escaped when written.
    public var user: String
    /// IPv4 literal of the trunk.
    public var address: String
    public var port: UInt16
    public var transport: Transport
    /// TLS: the name that its certificate must show; nil: the address.
    public var serverName: String?
    public init(
        user: String, address: String, port: UInt16, transport: Transport = .udp, serverName: String? = nil
    ) {
        (self.user, self.address, self.port) = (user, address, port)
        (self.transport, self.serverName) = (transport, serverName)
    }
}

/// Diversion as we write it (RFC 5806 §4).
public struct DivertedFrom: Sendable, Hashable {
    /// E.164 with `+`.
    public var number: String
    /// RFC 5806 §4: unknown, user-busy, no-answer, unavailable, unconditional, time-of-day, do-not-disturb,
    /// deflection …
    public var reason: String
    /// How many diversions this one stands for, 1 or more.
    public var count: Int
    public init(number: String, reason: String = "unconditional", count: Int = 1) {
        (self.number, self.reason, self.count) = (number, reason, count)
    }
}

/// One INVITE of ours.
public struct SIPInvitation: Sendable, Hashable {
    public var target: SIPTarget
    public var identity: SIPIdentity
    /// Our UUID of Session-ID (RFC 7989): 32 lower-case hex digits. Every message of the leg then carries the header.
    public var sessionID: String?
    /// For a leg that goes on from an incoming one: that one's value less 1 (RFC 3261 §16.6).
    public var maxForwards: Int
    /// Interval of the session timer that we offer, in seconds (RFC 4028); nil: none.
    public var sessionSeconds: Int?
    /// The far side's Min-SE, once it has said one.
    var leastSessionSeconds = SessionTimer.least
    /// What a challenge (401, 407) is answered with, once.
    public var credentials: SIPCredentials?
    /// The offer.
    public var sdp: String

    public init(
        target: SIPTarget, identity: SIPIdentity, sessionID: String? = nil, maxForwards: Int = 70,
        sessionSeconds: Int? = nil, sdp: String
    ) {
        (self.target, self.identity, self.sessionSeconds) = (target, identity, sessionSeconds)
        (self.sessionID, self.maxForwards, self.sdp) = (sessionID, maxForwards, sdp)
    }

    /// With the headers that most trunks want.
    public init(
        target: SIPTarget, from: String, assertedIdentity: String? = nil, diversion: DivertedFrom? = nil,
        sessionID: String? = nil, maxForwards: Int = 70, sessionSeconds: Int? = nil, sdp: String
    ) {
        self.init(
            target: target,
            identity: SIPIdentity(
                from: .init(from), asserted: assertedIdentity.map { .init($0) }, diversion: diversion),
            sessionID: sessionID, maxForwards: maxForwards, sessionSeconds: sessionSeconds, sdp: sdp)
    }
}

/// Names an INVITE that nobody has taken yet. Good until the handler of `.invited` returns.
public struct ArrivalID: Sendable, Hashable {
    let record: Int64
}

/// An armed timer of the loop.
public struct LoopTimerID: Sendable, Hashable {
    let raw: Int64
}

/// An INVITE outside of any dialog. `Contact` is known to be sip: or sips:, Max-Forwards is above 0, the sizes are
/// within the limits.
public struct SIPArrival: Sendable, Hashable {
    public var id: ArrivalID
    public var requestURI: SIPAddress
    public var from: SIPAddress
    public var to: SIPAddress
    /// In the order of the message, the topmost first: the last diversion is element 0 (RFC 5806 §4).
    public var diversions: [Diverted]
    /// In the order of the message (RFC 7044: the oldest first).
    public var historyInfo: [SIPAddress]
    /// P-Called-Party-ID (RFC 7315 §4.2).
    public var calledParty: SIPAddress?
    /// P-Asserted-Identity: none, one, or a sip: and a tel: one.
    public var assertedIdentities: [SIPAddress]
    /// Privacy (RFC 3323): lower-case words such as "id".
    public var privacy: [String]
    public var reasons: [ReasonHeader]
    /// The far side's UUID of Session-ID (RFC 7989).
    public var sessionID: String?
    public var maxForwards: Int
    public var callID: String
    /// Where the message came from.
    public var sourceAddress: String
    public var sourcePort: UInt16
    /// As its Via says.
    public var transport: Transport
    /// Body, if Content-Type is application/sdp.
    public var sdp: String?

    /// One Diversion (RFC 5806).
    public struct Diverted: Sendable, Hashable {
        public var address: SIPAddress
        public var reason: String?
        /// How many diversions it stands for; 1 if it does not say.
        public var count: Int
    }
}

/// One SIP message of a leg, as the transaction user sees it: retransmissions and ACKs of refusals are not seen.
public struct SIPMessage: Sendable, Hashable {
    public enum Way: Sendable, Hashable { case sent, received }
    public var way: Way
    /// Request method; in responses that of CSeq.
    public var method: String
    /// Nil in requests.
    public var status: Int?
    /// Cleaned, but still the far side's own words: it may hold a number.
    public var phrase: String?
    public var hasSDP: Bool

    /// The usual phrase of the status, whatever the far side wrote; nil in requests.
    public var usualPhrase: String? { status.map { String(cString: sofia_phrase(Int32($0))) } }
}
