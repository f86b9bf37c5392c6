import TelephonyModel

@testable import CallControl
@testable import Simulator

/// Looks inside the seat: each leg's dialog is what the stack says, and which phases were reached.
final class InsideView: Witness {
    var coverage = Coverage()

    func before(_ event: Seat.Event, _ world: World) { coverage.note(event, world.seat) }

    /// No leg without a call, and no dialog that call and stack see differently.
    func after(_ event: Seat.Event, _ world: World) {
        for call in world.seat.calls {
            for leg in call.legs { compare(leg, call, world) }
        }
    }

    private func compare(_ leg: CallLeg, _ call: Call, _ world: World) {
        let state = world.far[leg.id]?.stack
        let who = "\(leg.id)"
        let says = "the stack says \(String(describing: state))"
        switch leg.dialog {
        case .planned: world.checks.expect(state == nil, "\(who) is planned and already called")
        case .up: world.checks.expect(state == .up, "\(who) is up, \(says)")
        case .over: world.checks.expect(state == .over, "\(who) is over, \(says)")
        default: world.checks.expect(state != nil, "\(who) has no dialog")
        }
    }
}
