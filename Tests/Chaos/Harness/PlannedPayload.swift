import BusClient
import BusContract
import TelephonyModel

extension PlannedEvent {
    /// Says it on the bus.
    /// - Parameter confirmed: as `Bus.publish` has it.
    public func publish(on bus: Bus, confirmed: @escaping @Sendable (Bool) -> Void) {
        if let state {
            bus.publish(state, type: type, key: key, position: position, durable: true, confirmed: confirmed)
        } else {
            bus.publish(leg, type: type, key: key, position: position, durable: true, confirmed: confirmed)
        }
    }

    /// The whole public state of the call; nil for the facts of a leg.
    public var state: CallState? {
        guard let phase = callWhat.flatMap(Self.phase) else { return nil }
        return CallState(
            call: call, user: user, conversation: call, direction: .outgoing, phase: phase,
            officeNumber: "+498984098723", party: PartyView(number: "+498912345678", name: "Huber GmbH"),
            legs: [view(.device)] + (step.rawValue < Step.dialing.rawValue ? [] : [view(.party)]),
            startedAt: Self.begin, since: Self.answer, answeredAt: phase == .talking ? Self.answer : nil,
            endedAt: phase == .ended ? Self.end : nil, allowedVerbs: phase == .ended ? [] : [.clearConnection],
            reason: phase == .ended ? .completed : nil, endedBy: phase == .ended ? .party : nil)
    }

    private static let begin = "2026-03-01T12:00:00.000Z"
    private static let answer = "2026-03-01T12:00:05.000Z"
    private static let end = "2026-03-01T12:01:05.250Z"
    private static let trunk = TrunkID(unchecked: "pbx")

    private static func phase(_ what: CallWhat) -> CallPhase? {
        switch what {
        case .started: .started
        case .ringing: .ringing
        case .guarding: .guarding
        case .dialing: .dialing
        case .alerting: .alerting
        case .answered: .talking
        case .ended: .ended
        }
    }

    private func id(_ role: LegRole) -> LegID { LegID(unchecked: "\(call)-\(role == .device ? "d" : "p")") }

    private func view(_ role: LegRole) -> LegView {
        let device = role == .device
        return LegView(
            leg: id(role), role: role, device: device ? DeviceID(unchecked: "mobile") : nil,
            kind: device ? .mobile : nil, trunk: Self.trunk, phase: .calling)
    }

    private var leg: LegFact {
        let role: LegRole = [.deviceAnswered, .deviceEnded].contains(step) ? .device : .party
        return LegFact(
            leg: id(role), role: role, kind: role == .device ? .mobile : nil, trunk: Self.trunk,
            lines: LineUse(sip: 1, outside: 1), status: 200, startedAt: Self.begin, answeredAt: Self.answer,
            endedAt: [.deviceEnded, .partyEnded].contains(step) ? Self.end : nil)
    }
}
