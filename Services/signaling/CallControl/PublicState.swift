import BusContract
import TelephonyModel

/// One leg as anybody may see it: ids and kinds, never a device's number. Times since the seat began.
public struct LegPicture: Codable, Hashable, Sendable {
    public var leg: LegID
    public var role: LegRole
    public var device: DeviceID?
    public var kind: DeviceKind?
    public var trunk: TrunkID
    public var lines: LineUse
    public var phase: LegView.Phase
    /// Final SIP status of the INVITE.
    public var status: Int?
    /// Q.850 cause, from a Reason header.
    public var cause: Int?
    public var startedAt: Instant
    public var answeredAt: Instant?
    public var endedAt: Instant?

    /// In the words of `call.*`; `clock` turns an instant into RFC 3339.
    public func view(_ clock: (Instant) -> String) -> LegView {
        LegView(
            leg: leg, role: role, device: device, kind: kind, trunk: trunk, phase: phase,
            answeredAt: answeredAt.map(clock), endedAt: endedAt.map(clock), status: status)
    }

    /// In the words of `leg.*`.
    public func fact(sessionID: String?, _ clock: (Instant) -> String) -> LegFact {
        LegFact(
            leg: leg, role: role, device: device, kind: kind, trunk: trunk, lines: lines, status: status, cause: cause,
            startedAt: clock(startedAt), answeredAt: answeredAt.map(clock), endedAt: endedAt.map(clock),
            sessionID: sessionID)
    }
}

/// The whole public state of a call. Times since the seat began.
public struct CallPicture: Codable, Hashable, Sendable {
    public var call: CallID
    public var user: UserID
    public var conversation: CallID
    public var direction: Direction
    public var phase: CallPhase
    public var officeNumber: String
    public var party: PartyView
    public var legs: [LegPicture]
    public var startedAt: Instant
    /// When this phase began.
    public var since: Instant
    public var answeredAt: Instant?
    public var endedAt: Instant?
    public var reason: EndReason?
    public var endedBy: EndedBy?
    public var unprotected: Bool
    public var context: JSONValue?

    /// In the words of the bus; `clock` turns an instant into RFC 3339.
    public func state(_ clock: (Instant) -> String) -> CallState {
        CallState(
            call: call, user: user, conversation: conversation, direction: direction, phase: phase,
            officeNumber: officeNumber, party: party, legs: legs.map { $0.view(clock) }, startedAt: clock(startedAt),
            since: clock(since), answeredAt: answeredAt.map(clock), endedAt: endedAt.map(clock),
            allowedVerbs: allowedVerbs, reason: reason, endedBy: endedBy,
            unprotected: unprotected ? true : nil, context: context)
    }

    /// What the user may do with the call now.
    public var allowedVerbs: [Verb] {
        switch (phase, direction) {
        case (.ended, _): []
        case (.started, .incoming), (.ringing, .incoming), (.guarding, .incoming):
            [.clearConnection, .declineCall, .deflectCall]
        default: [.clearConnection]
        }
    }
}
