import BusContract
import TelephonyModel

/// What a journal entry takes from the state that a `call.*` event carries. Read leniently: what a newer version says
/// in words that this one does not know is left out.
public struct CallFacts: Codable, Hashable, Sendable {
    public let direction: JournalEntry.Direction
    public let phase: CallPhase
    public let officeNumber: String
    public let party: PartyView
    public let startedAt: String
    public let answeredAt: String?
    public let endedAt: String?
    public let reason: EndReason?
    public let endedBy: EndedBy?
    public let context: JSONValue?
    /// The device leg's device.
    public let device: DeviceID?
    public let deviceKind: DeviceKind?

    public init(_ state: CallState) {
        let leg = state.legs.first { $0.role == .device }
        (phase, officeNumber, party) = (state.phase, state.officeNumber, state.party)
        direction = .init(state.direction)
        (startedAt, answeredAt, endedAt) = (state.startedAt, state.answeredAt, state.endedAt)
        (reason, endedBy, context) = (state.reason, state.endedBy, state.context)
        (device, deviceKind) = (leg?.device, leg?.kind)
    }

    private enum Key: String, CodingKey {
        case direction, phase, officeNumber, party, startedAt, answeredAt, endedAt, reason, endedBy, context, legs
        case device, deviceKind
    }

    /// A leg of the state, as far as it is known.
    private struct Leg: Decodable {
        let role: LegRole?, device: DeviceID?, kind: DeviceKind?
        enum Key: String, CodingKey { case role, device, kind }
        init(from decoder: any Decoder) throws {
            let box = try decoder.container(keyedBy: Key.self)
            (role, device, kind) = (
                box.lenient(LegRole.self, .role), box.lenient(DeviceID.self, .device),
                box.lenient(DeviceKind.self, .kind)
            )
        }
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        direction = try box.decode(JournalEntry.Direction.self, forKey: .direction)
        phase = try box.decode(CallPhase.self, forKey: .phase)
        officeNumber = try box.decode(String.self, forKey: .officeNumber)
        party = try box.decode(PartyView.self, forKey: .party)
        startedAt = try box.decode(String.self, forKey: .startedAt)
        (answeredAt, endedAt) = (box.lenient(String.self, .answeredAt), box.lenient(String.self, .endedAt))
        (reason, endedBy) = (box.lenient(EndReason.self, .reason), box.lenient(EndedBy.self, .endedBy))
        context = box.lenient(JSONValue.self, .context)
        let leg = box.lenient([Leg].self, .legs)?.first { $0.role == .device }
        device = leg?.device ?? box.lenient(DeviceID.self, .device)
        deviceKind = leg?.kind ?? box.lenient(DeviceKind.self, .deviceKind)
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(direction, forKey: .direction)
        try box.encode(phase, forKey: .phase)
        try box.encode(officeNumber, forKey: .officeNumber)
        try box.encode(party, forKey: .party)
        try box.encode(startedAt, forKey: .startedAt)
        try box.encodeIfPresent(answeredAt, forKey: .answeredAt)
        try box.encodeIfPresent(endedAt, forKey: .endedAt)
        try box.encodeIfPresent(reason, forKey: .reason)
        try box.encodeIfPresent(endedBy, forKey: .endedBy)
        try box.encodeIfPresent(context, forKey: .context)
        try box.encodeIfPresent(device, forKey: .device)
        try box.encodeIfPresent(deviceKind, forKey: .deviceKind)
    }
}
