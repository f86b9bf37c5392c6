import BusContract
import TelephonyModel
import TestSupport

/// Calls that publishers tell of while something fails: ten durable events each, those of some forty calls mixed.
public struct Workload: Sendable {
    /// Begins the id of each call, so that one log holds many workloads.
    public let name: String
    public let seed: UInt64
    public let calls: Int
    public static let eventsPerCall = PlannedEvent.Step.allCases.count
    static let users = 200
    private static let openAtOnce = 40

    /// - Parameter name: of at most 20 letters `[a-z0-9-]`.
    public init(name: String, seed: UInt64, calls: Int) { (self.name, self.seed, self.calls) = (name, seed, calls) }

    public var events: Int { calls * Self.eventsPerCall }
    /// What the id of each call begins with.
    public var prefix: String { "\(name)-\(seed)-" }

    /// What one of `parts` publishers says, in its order: each call is told of by one of them, as a seat has one owner.
    public func events(of part: Int, parts: Int) -> [PlannedEvent] {
        var random = SeededRandom(seed: seed &+ UInt64(part))
        var coming = Array(stride(from: part, to: calls, by: parts)).shuffled(using: &random)
        var open: [(call: Int, step: Int)] = []
        var events: [PlannedEvent] = []
        while !coming.isEmpty || !open.isEmpty {
            while open.count < Self.openAtOnce, let call = coming.popLast() { open.append((call, 0)) }
            let place = Int.random(in: 0..<open.count, using: &random)
            events.append(event(of: open[place].call, PlannedEvent.Step.allCases[open[place].step]))
            open[place].step += 1
            if open[place].step == Self.eventsPerCall { open.remove(at: place) }
        }
        return events
    }

    private func event(of call: Int, _ step: PlannedEvent.Step) -> PlannedEvent {
        PlannedEvent(
            call: CallID(unchecked: prefix + "\(call)"), user: UserID(unchecked: "user-\(call % Self.users)"),
            step: step)
    }
}

/// One event of a plain outgoing call.
public struct PlannedEvent: Sendable {
    /// What happens, in order; the raw value counts from 1 as `sequence` does.
    public enum Step: Int, Sendable, CaseIterable {
        case started = 1, ringing, deviceAnswered, dialing, alerting, partyAnswered, answered, deviceEnded, partyEnded
        case ended
    }
    public let call: CallID
    public let user: UserID
    public let step: Step

    public init(call: CallID, user: UserID, step: Step) { (self.call, self.user, self.step) = (call, user, step) }

    public var position: CallPosition {
        CallPosition(seat: user, call: call, conversation: call, epoch: 1, sequence: step.rawValue)
    }
    public var type: String { callWhat?.type ?? legWhat.type }
    public var key: String {
        callWhat.map { RoutingKey.call($0, user, call) } ?? RoutingKey.leg(legWhat, user, call)
    }

    /// Nil for the facts of a leg.
    var callWhat: CallWhat? {
        switch step {
        case .started: .started
        case .ringing: .ringing
        case .dialing: .dialing
        case .alerting: .alerting
        case .answered: .answered
        case .ended: .ended
        case .deviceAnswered, .partyAnswered, .deviceEnded, .partyEnded: nil
        }
    }
    private var legWhat: LegWhat { [.deviceEnded, .partyEnded].contains(step) ? .ended : .answered }
}
