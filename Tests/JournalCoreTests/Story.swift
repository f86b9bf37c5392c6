import BusContract
import Foundation
import JournalCore
import TelephonyModel

/// A call's events as signaling and media would send them.
struct Story {
    static let user = UserID(unchecked: "anna"), call = CallID(unchecked: "0197-a")
    static let trunk = TrunkID(unchecked: "pbx"), mobile = DeviceID(unchecked: "mobile")
    static let device = LegID(unchecked: "0197-a-d"), party = LegID(unchecked: "0197-a-p")

    static func position(_ sequence: Int, epoch: Int = 1) -> CallPosition {
        CallPosition(seat: user, call: call, conversation: call, epoch: epoch, sequence: sequence)
    }

    /// Seconds after noon.
    static func time(_ second: Double) -> String {
        let whole = Int(second)
        let parts = [whole / 60 % 60, whole % 60, Int((second - Double(whole)) * 1_000)].map(String.init)
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: "0", count: width - text.count) + text
        }
        return "2026-03-01T12:\(padded(parts[0], 2)):\(padded(parts[1], 2)).\(padded(parts[2], 3))Z"
    }

    static func state(
        _ phase: CallPhase, answered: Double? = nil, ended: Double? = nil, reason: EndReason? = nil
    ) -> CallState {
        let leg = LegView(leg: device, role: .device, device: mobile, kind: .mobile, trunk: trunk, phase: .calling)
        return CallState(
            call: call, user: user, conversation: call, direction: .outgoing, phase: phase,
            officeNumber: "+498984098723", party: PartyView(number: "+4989123456", name: "Customer"), legs: [leg],
            startedAt: time(0), since: time(0), answeredAt: answered.map(time), endedAt: ended.map(time),
            reason: reason, endedBy: reason == nil ? nil : .party, context: .object(["ticket": .integer(7)]))
    }

    static func leg(_ leg: LegID, _ role: LegRole, answered: Double, ended: Double? = nil) -> LegFact {
        LegFact(
            leg: leg, role: role, device: role == .device ? mobile : nil, kind: role == .device ? .mobile : nil,
            trunk: trunk, lines: LineUse(sip: 1, outside: 1), status: 200, startedAt: time(role == .device ? 0 : 3),
            answeredAt: time(answered), endedAt: ended.map(time))
    }

    /// Encoded and read again, as the bus does.
    static func event<Payload: Codable & Sendable>(
        _ type: String, _ position: CallPosition?, _ data: Payload, source: String = "rufbus/signaling/a1"
    ) throws -> LoggedEvent {
        let envelope = Envelope(
            id: "\(type)-\(position?.epoch ?? 0)-\(position?.sequence ?? 0)", source: source, type: type,
            time: time(1), position: position, data: data)
        return try JSONDecoder().decode(LoggedEvent.self, from: JSONEncoder().encode(envelope))
    }

    /// An outgoing call: 8 s of ringing, 30.5 s of talk.
    static func whole() throws -> [LoggedEvent] {
        [
            try event(CallWhat.started.type, position(1), state(.started)),
            try event(CallWhat.ringing.type, position(2), state(.ringing)),
            try event(LegWhat.answered.type, position(3), leg(device, .device, answered: 3)),
            try event(CallWhat.dialing.type, position(4), state(.dialing)),
            try event(CallWhat.alerting.type, position(5), state(.alerting)),
            try event(LegWhat.answered.type, position(6), leg(party, .party, answered: 8)),
            try event(CallWhat.answered.type, position(7), state(.talking, answered: 8)),
            try event(LegWhat.ended.type, position(8), leg(party, .party, answered: 8, ended: 38.5)),
            try event(LegWhat.ended.type, position(9), leg(device, .device, answered: 3, ended: 38.5)),
            try event(
                CallWhat.ended.type, position(10), state(.ended, answered: 8, ended: 38.5, reason: .completed)),
            try media(1),
        ]
    }

    static func media(_ sequence: Int) throws -> LoggedEvent {
        let legs = [device, party].map { MediaFact.Leg(leg: $0, packetsReceived: 1_525, packetsSent: 1_500) }
        return try event(
            MediaWhat.ended.type, position(sequence),
            MediaFact(call: call, instance: InstanceID(unchecked: "m1"), legs: legs), source: "rufbus/media/m1")
    }

    static func fold(_ events: [LoggedEvent]) -> CallFold {
        var fold = CallFold(position(1))
        for event in events { fold.add(event) }
        return fold
    }
}
