import TelephonyModel

/// What happened to a call; the middle of the routing key and of the CloudEvents type
/// (`rufbus.call.<what>.v1`). Each carries the whole `CallState`.
public enum CallWhat: String, Codable, Sendable, CaseIterable {
    /// The call exists: asked for by the user (outgoing) or arrived (incoming).
    case started
    /// The device is being called or rings.
    case ringing
    /// The device answered and its guard is asked.
    case guarding
    /// Outgoing: the device is there, the target is being called.
    case dialing
    /// Outgoing: the target rings.
    case alerting
    /// Both sides talk.
    case answered
    case ended

    public var type: String { "rufbus.call.\(rawValue).v1" }
}

/// Where a call stands.
public enum CallPhase: String, Codable, Sendable, CaseIterable {
    case started, ringing, guarding, dialing, alerting, talking, ended
    /// A phase of a newer version.
    case unknown

    public init(from decoder: any Decoder) throws {
        self = CallPhase(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
    }
}

/// Why a call ended: the closed list of the journal. Words for people stand beside it, in `sentence`.
public enum EndReason: String, Codable, Sendable, CaseIterable {
    /// Both talked, somebody hung up.
    case completed
    /// The user hung up, or gave up, before the talk.
    case cancelled
    /// Incoming: the caller gave up before anybody answered.
    case missed
    /// Incoming: somebody else of the office took it (CANCEL with `Reason: SIP;cause=200`, RFC 3326); not missed.
    case takenElsewhere
    /// Incoming: the user has blocked this caller.
    case callerBlocked
    /// Incoming: the user's rules let no phone ring, and nobody else took it.
    case notRung
    case deviceBusy, deviceDeclined, deviceNoAnswer, deviceUnreachable
    /// The device answered, but nobody pressed the key that the guard asks for.
    case guardNotPassed
    case partyBusy, partyDeclined, partyNoAnswer, partyUnreachable
    /// The number does not exist (404, 410, 484, 604).
    case wrongNumber
    /// No common codec (488, 606), or an offer that we could not read.
    case noCommonCodec
    /// The trunk has no line left.
    case noLine
    /// One of our own services failed the call (media, bus).
    case serviceFailed
    /// A reason of a newer version.
    case unknown

    public init(from decoder: any Decoder) throws {
        self = EndReason(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
    }

    /// In words, for people ("nobody answered", never "480").
    public var sentence: String {
        switch self {
        case .completed: "The call took place."
        case .cancelled: "You ended the call before it was answered."
        case .missed: "The caller gave up before anybody answered."
        case .takenElsewhere: "The call was taken on another phone."
        case .callerBlocked: "You have blocked this caller."
        case .notRung: "Your rules for incoming calls let no phone ring."
        case .deviceBusy: "Your phone was busy."
        case .deviceDeclined: "Your phone declined the call."
        case .deviceNoAnswer: "Your phone was not answered."
        case .deviceUnreachable: "Your phone could not be reached."
        case .guardNotPassed: "The phone was answered, but nobody pressed 1."
        case .partyBusy: "The number was busy."
        case .partyDeclined: "The call was declined."
        case .partyNoAnswer: "Nobody answered."
        case .partyUnreachable: "The number could not be reached."
        case .wrongNumber: "This number does not exist."
        case .noCommonCodec: "The phones have no common audio format."
        case .noLine: "All lines were busy."
        case .serviceFailed: "The call failed inside the office's call service."
        case .unknown: "The call ended for a reason that this version does not know."
        }
    }
}

/// Who ended a call.
public enum EndedBy: String, Codable, Sendable, CaseIterable {
    case user, party, system
    /// Of a newer version.
    case unknown

    public init(from decoder: any Decoder) throws {
        self = EndedBy(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
    }
}

/// The other side as the user may see it.
public struct PartyView: Codable, Hashable, Sendable {
    /// E.164 with `+`, an inside extension, or nil if anonymous.
    public var number: String?
    public var name: String?
    public init(number: String?, name: String? = nil) { (self.number, self.name) = (number, name) }
}

/// One leg as anybody may see it: kinds and ids, never a device's number.
public struct LegView: Codable, Hashable, Sendable {
    public enum Phase: String, Codable, Sendable, CaseIterable { case calling, ringing, answered, ended }
    public var leg: LegID
    public var role: LegRole
    public var device: DeviceID?
    public var kind: DeviceKind?
    public var trunk: TrunkID
    public var phase: Phase
    /// RFC 3339, sender's clock.
    public var answeredAt: String?
    public var endedAt: String?
    /// Final SIP status, one click deeper than the words.
    public var status: Int?
    public init(
        leg: LegID, role: LegRole, device: DeviceID? = nil, kind: DeviceKind? = nil, trunk: TrunkID, phase: Phase,
        answeredAt: String? = nil, endedAt: String? = nil, status: Int? = nil
    ) {
        (self.leg, self.role, self.device, self.kind) = (leg, role, device, kind)
        (self.trunk, self.phase, self.answeredAt) = (trunk, phase, answeredAt)
        (self.endedAt, self.status) = (endedAt, status)
    }
}

/// The whole public state of a call: the payload of every `call.*` event and of the API.
/// Presence, desk, tap and journal are one reducer over it (`Newest`).
public struct CallState: Codable, Hashable, Sendable {
    public var call: CallID
    public var user: UserID
    public var conversation: CallID
    public var direction: Direction
    public var phase: CallPhase
    /// The user's office number, E.164.
    public var officeNumber: String
    public var party: PartyView
    public var legs: [LegView]
    /// When the call began, RFC 3339, the owner's clock; likewise all that follow.
    public var startedAt: String
    /// When this phase began.
    public var since: String
    public var answeredAt: String?
    public var endedAt: String?
    public var held: Bool
    public var allowedVerbs: [Verb]
    public var reason: EndReason?
    public var endedBy: EndedBy?
    /// Whether the call runs without a confirmed checkpoint (the bus did not confirm in time).
    public var unprotected: Bool?
    /// What the caller of the API attached, at most 1 KiB of JSON.
    public var context: JSONValue?
    public init(
        call: CallID, user: UserID, conversation: CallID, direction: Direction, phase: CallPhase, officeNumber: String,
        party: PartyView, legs: [LegView], startedAt: String, since: String, answeredAt: String? = nil,
        endedAt: String? = nil, held: Bool = false, allowedVerbs: [Verb] = [], reason: EndReason? = nil,
        endedBy: EndedBy? = nil, unprotected: Bool? = nil, context: JSONValue? = nil
    ) {
        (self.call, self.user, self.conversation) = (call, user, conversation)
        (self.direction, self.phase, self.officeNumber) = (direction, phase, officeNumber)
        (self.party, self.legs, self.startedAt, self.since) = (party, legs, startedAt, since)
        (self.answeredAt, self.endedAt, self.held) = (answeredAt, endedAt, held)
        (self.allowedVerbs, self.reason, self.endedBy) = (allowedVerbs, reason, endedBy)
        (self.unprotected, self.context) = (unprotected, context)
    }
}

/// "The highest (epoch, sequence) wins": the one reducer that everybody uses who shows calls.
public struct Newest<Value: Sendable>: Sendable {
    public private(set) var position: CallPosition
    public private(set) var value: Value
    public init(_ value: Value, at position: CallPosition) { (self.value, self.position) = (value, position) }
    /// Takes the newer value; answers whether it was.
    public mutating func offer(_ value: Value, at position: CallPosition) -> Bool {
        guard position.isNewer(than: self.position) else { return false }
        (self.value, self.position) = (value, position)
        return true
    }
}
