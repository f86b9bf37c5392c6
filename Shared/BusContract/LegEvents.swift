import TelephonyModel

/// `leg.answered` and `leg.ended` (durable): the facts of one leg.
public struct LegFact: Codable, Hashable, Sendable {
    public var leg: LegID
    public var role: LegRole
    public var device: DeviceID?
    public var kind: DeviceKind?
    public var trunk: TrunkID
    /// Lines that the leg holds or held.
    public var lines: LineUse
    /// Final SIP status of the INVITE, if one came.
    public var status: Int?
    /// Q.850 cause, from a Reason header.
    public var cause: Int?
    public var startedAt: String
    public var answeredAt: String?
    public var endedAt: String?
    /// RFC 7989 Session-ID of the leg's dialog.
    public var sessionID: String?
    public init(
        leg: LegID, role: LegRole, device: DeviceID? = nil, kind: DeviceKind? = nil, trunk: TrunkID, lines: LineUse,
        status: Int? = nil, cause: Int? = nil, startedAt: String, answeredAt: String? = nil, endedAt: String? = nil,
        sessionID: String? = nil
    ) {
        (self.leg, self.role, self.device, self.kind) = (leg, role, device, kind)
        (self.trunk, self.lines, self.status, self.cause) = (trunk, lines, status, cause)
        (self.startedAt, self.answeredAt, self.endedAt) = (startedAt, answeredAt, endedAt)
        self.sessionID = sessionID
    }
}

public enum LegWhat: String, Codable, Sendable, CaseIterable {
    case answered, ended, message
    public var type: String { "rufbus.leg.\(rawValue).v1" }
    /// Whether it outlives the broker, and goes to the journal.
    public var isDurable: Bool { self != .message }
}

/// `leg.message` (transient): one SIP message, for ladders. Holds no header value and no number.
public struct LegMessage: Codable, Hashable, Sendable {
    public enum Way: String, Codable, Sendable, CaseIterable { case sent, received }
    public var leg: LegID
    public var role: LegRole
    public var way: Way
    /// Request method, also in responses (from CSeq).
    public var method: String
    /// Absent in requests.
    public var status: Int?
    public var phrase: String?
    public var hasSDP: Bool
    public init(
        leg: LegID, role: LegRole, way: Way, method: String, status: Int? = nil, phrase: String? = nil, hasSDP: Bool
    ) {
        (self.leg, self.role, self.way, self.method) = (leg, role, way, method)
        (self.status, self.phrase, self.hasSDP) = (status, phrase, hasSDP)
    }
}

/// Lines of a trunk that one leg uses: SIP channels, and outside (PSTN) channels.
public struct LineUse: Codable, Hashable, Sendable {
    public var sip: Int
    public var outside: Int
    public init(sip: Int, outside: Int) { (self.sip, self.outside) = (sip, outside) }
}
