import BusClient
import BusContract
import TelephonyModel

/// A call of a user.
struct TestCall: Sendable {
    static let trunk = TrunkID(unchecked: "pbx")
    let seat: UserID
    let call = CallID(unchecked: uuid7())

    init(of seat: String = "anna") { self.seat = UserID(unchecked: seat) }

    var device: LegID { LegID(unchecked: "\(call)-d") }
    var party: LegID { LegID(unchecked: "\(call)-p") }
    var bothLegs: [LinesRequest.Want] {
        [device, party].map { .init(leg: $0, trunk: Self.trunk, use: LineUse(sip: 1, outside: 1)) }
    }

    func position(_ sequence: Int, epoch: Int = 1) -> CallPosition {
        CallPosition(seat: seat, call: call, conversation: call, epoch: epoch, sequence: sequence)
    }

    func state(_ phase: CallPhase) -> CallState {
        CallState(
            call: call, user: seat, conversation: call, direction: .incoming, phase: phase,
            officeNumber: "+498984098723", party: PartyView(number: "+498912345678"), legs: [],
            startedAt: "2026-03-01T12:00:00.000Z", since: "2026-03-01T12:00:00.000Z",
            answeredAt: phase == .talking || phase == .ended ? "2026-03-01T12:00:05.000Z" : nil,
            endedAt: phase == .ended ? "2026-03-01T12:01:05.250Z" : nil, reason: phase == .ended ? .completed : nil,
            endedBy: phase == .ended ? .party : nil)
    }
}

/// The refusal that `work` ends with.
func refusal(_ work: () async throws -> Void) async -> Refusal? {
    do { try await work() } catch { return error as? Refusal }
    return nil
}
