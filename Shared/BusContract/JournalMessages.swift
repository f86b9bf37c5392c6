import TelephonyModel

/// One call in the journal: a pure fold over its events.
public struct JournalEntry: Codable, Hashable, Sendable {
    /// As the calls of `TelephonyModel.Direction`, with a place for those of a newer version.
    public enum Direction: String, Codable, Sendable, CaseIterable {
        case outgoing, incoming
        /// A direction of a newer version.
        case unknown

        public init(from decoder: any Decoder) throws {
            self = Self(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
        }
        public init(_ direction: TelephonyModel.Direction) { self = direction == .outgoing ? .outgoing : .incoming }
    }

    public var call: CallID
    public var user: UserID
    public var conversation: CallID
    public var direction: Direction
    public var officeNumber: String
    public var party: PartyView
    public var startedAt: String
    public var answeredAt: String?
    public var endedAt: String?
    /// Milliseconds between start and answer (or end).
    public var ringMs: Int64
    public var talkMs: Int64
    public var reason: EndReason?
    public var endedBy: EndedBy?
    /// `reason` in words.
    public var sentence: String?
    public var device: DeviceID?
    public var deviceKind: DeviceKind?
    public var legs: [LegFact]
    public var media: [MediaFact.Leg]
    /// Whether the call has ended and all its events 1…N are there, or no more are waited for.
    public var final: Bool
    /// Events of this call are missing, and no more are waited for: what it says may be too little.
    public var incomplete: Bool?
    public var context: JSONValue?
    public init(
        call: CallID, user: UserID, conversation: CallID, direction: Direction, officeNumber: String, party: PartyView,
        startedAt: String, answeredAt: String? = nil, endedAt: String? = nil, ringMs: Int64 = 0, talkMs: Int64 = 0,
        reason: EndReason? = nil, endedBy: EndedBy? = nil, sentence: String? = nil, device: DeviceID? = nil,
        deviceKind: DeviceKind? = nil, legs: [LegFact] = [], media: [MediaFact.Leg] = [], final: Bool = false,
        incomplete: Bool? = nil, context: JSONValue? = nil
    ) {
        (self.call, self.user, self.conversation) = (call, user, conversation)
        (self.direction, self.officeNumber, self.party) = (direction, officeNumber, party)
        (self.startedAt, self.answeredAt, self.endedAt) = (startedAt, answeredAt, endedAt)
        (self.ringMs, self.talkMs, self.reason, self.endedBy) = (ringMs, talkMs, reason, endedBy)
        (self.sentence, self.device, self.deviceKind) = (sentence, device, deviceKind)
        (self.legs, self.media, self.context) = (legs, media, context)
        (self.final, self.incomplete) = (final, incomplete)
    }
}

/// A user's newest entries.
public struct JournalQuery: BusRequest, Hashable {
    public static let type = "rufbus.journal.query.v1"
    public static let service = "journal"
    public static let sharedVerb: String? = "query"
    public var user: UserID
    /// 1 to 200.
    public var limit: Int
    /// Only this call, if given.
    public var call: CallID?
    public init(user: UserID, limit: Int, call: CallID? = nil) {
        (self.user, self.limit, self.call) = (user, limit, call)
    }
    public struct Answer: Codable, Hashable, Sendable {
        public var entries: [JournalEntry]
        public init(entries: [JournalEntry]) { self.entries = entries }
    }
}

public enum JournalWhat: String, Codable, Sendable, CaseIterable {
    /// The entry is final (durable).
    case written
    public var type: String { "rufbus.journal.\(rawValue).v1" }
}
