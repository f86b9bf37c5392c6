// The words of telephony that two or more targets need (the word list of the product, in ARCHITECTURE.md).

/// What a device is, as colleagues and administrators may see it (never its number).
public enum DeviceKind: String, Codable, Sendable, CaseIterable { case office, mobile, home, hotel, softphone, other }

/// How a device is reached: `outside` goes over outside (PSTN) lines, `inside` is a phone of the PBX.
public enum Reach: String, Codable, Sendable, CaseIterable { case inside, outside }

/// What proves that a person, not a mailbox, answered the device leg of an incoming call.
public enum AnswerGuard: String, Codable, Sendable, CaseIterable {
    case none
    /// Answers that come under 2 s or over 22 s after ringing began are refused: machines answer at once or late.
    case timed
    /// "Office call: 1 accept, 2 decline", twice, within 10 s.
    case key
}

/// Who a leg talks to.
public enum LegRole: String, Codable, Sendable, CaseIterable {
    /// The user's phone.
    case device
    /// The other side.
    case party
    /// Where an incoming call goes when no device took it; carries the user's part of the talk.
    case fallback
}

public enum Direction: String, Codable, Sendable, CaseIterable { case outgoing, incoming }

/// A codec that both sides of a leg may speak. The raw value is the SDP encoding name (RFC 3551 table 4).
public enum Codec: String, Codable, Sendable, CaseIterable {
    case pcma = "PCMA"
    case pcmu = "PCMU"
    /// Static RTP payload type (RFC 3551 §6).
    public var payloadType: UInt8 { self == .pcma ? 8 : 0 }
}

/// Call progress tones that we play; cadence and pitch are those of the office's country (ITU-T E.180 list).
public enum Tone: String, Codable, Sendable, CaseIterable { case ringback, busy, congestion }

/// ECMA-269 verbs, and `declineCall`; a call event lists those that are allowed now.
public enum Verb: String, Codable, Sendable, CaseIterable {
    /// Hang up.
    case clearConnection
    /// An incoming call that is not answered: stop all ringing, go on to the fallback.
    case declineCall
    /// An incoming call that is not answered: ring that phone instead.
    case deflectCall
    /// A verb of a newer version.
    case unknown

    public init(from decoder: any Decoder) throws {
        self = Verb(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
    }
}

/// What carries SIP to a trunk (RFC 3261 §18).
public enum Transport: String, Codable, Sendable, CaseIterable { case udp, tcp, tls }

/// Language of prompts.
public enum Language: String, Codable, Sendable, CaseIterable { case de, en }
