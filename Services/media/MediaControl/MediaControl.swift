import BusContract
import TelephonyModel

/// The calls, legs and leases of one media instance. A value: reads no clock, opens no socket, writes no log. `handle`
/// takes an event and answers what to do about it.
public struct MediaControl: Codable, Hashable, Sendable {
    public static let mostLegs = 16
    /// How long a closed call is remembered: a late second `open` for it must not open ports that nobody closes.
    static let memory: Int64 = 60_000

    public let instance: InstanceID
    var calls: [CallID: MediaCall] = [:]
    var callOfLeg: [LegID: CallID] = [:]
    /// The highest epoch that each seat has shown. A seat is a user, so there are only so many.
    var epochs: [UserID: Int] = [:]
    var leaseClock = LeaseClock()
    var applying: [QuestionID: Work] = [:]
    var closedAt: [CallID: Instant] = [:]
    var isStopping = false

    struct Work: Codable, Hashable {
        let call: CallID
        let commands: [MediaCommand]
    }

    public init(instance: InstanceID) { self.instance = instance }

    /// Whether no call is open, being opened or being closed.
    public var isEmpty: Bool { calls.isEmpty }
    /// The legs that have ports: those to count packets of.
    public var openLegs: [LegID] { calls.values.filter(\.isOpen).flatMap(\.legs) }

    /// - Parameter now: milliseconds since this instance began; never runs backwards.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .open(let request, let question): open(request, question, now)
        case .commands(let request, let question): apply(request, question)
        case .close(let request, let question): close(request, question)
        case .renew(let request, let question): renew(request, question, now)
        case .opened(let call, let ports): opened(call, ports)
        case .notOpened(let call, let why): notOpened(call, why)
        case .applied(let question): applied(question)
        case .notApplied(let question, let why): notApplied(question, why)
        case .closed(let call, let legs): closed(call, legs, now)
        case .firstPacket(let leg): tell(leg, .firstPacket(leg))
        case .collected(let leg, let id, let digit): tell(leg, .collected(leg, id: id, digit: digit))
        case .busConnected: connected(now)
        case .busLost: lost(now)
        case .tick(let received): tick(received, now)
        case .stop: stop()
        }
    }
}

extension MediaControl {
    /// An event of the engine for the owner. It may have crossed the end of its call.
    private func tell(_ leg: LegID, _ what: MediaNotice.What) -> [Effect] {
        guard let call = callOfLeg[leg].flatMap({ calls[$0] }), call.isOpen else { return [] }
        return [.notify(call.owner, MediaNotice(position: call.position, what: what))]
    }

    /// A lower epoch than the seat's last is that of an owner who has lost it.
    func staleness(of position: CallPosition) -> Refusal? {
        let last = epochs[position.seat, default: 0]
        return position.epoch < last ? .stale(position.seat, position.epoch, last) : nil
    }

    mutating func forget(_ id: CallID) {
        guard let call = calls.removeValue(forKey: id) else { return }
        for leg in call.legs { callOfLeg[leg] = nil }
    }
}
