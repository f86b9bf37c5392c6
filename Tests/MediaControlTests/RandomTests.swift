import BusContract
import Foundation
import MediaControl
import TelephonyModel
import TestSupport
import Testing

extension SeededRandom {
    fileprivate mutating func roll(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }
    fileprivate mutating func hits(_ percent: Int) -> Bool { roll(0..<100) < percent }
}

/// A world of owners, an engine with delays and refusals, and a bus that comes and goes around one `MediaControl`.
/// After each step it holds what must always hold.
private struct World {
    var control = MediaControl(instance: m1)
    var dice: SeededRandom
    var now: Int64 = 0
    /// Results of the engine that are under way, in order.
    var underWay: [Event] = []
    var asked = 0
    var waiting: Set<Int> = []
    /// Ports that the engine holds, and how often each call was opened, closed and reported.
    var held: [CallID: [LegID]] = [:]
    var received: [LegID: UInt64] = [:]
    var opened: [CallID: Int] = [:], reported: [CallID: Int] = [:]
    var joined: Set<CallID> = []
    var sequence: [CallID: Int] = [:]
    var epoch: [UserID: Int] = [:]
    var isOnBus = false
    var faults: [String] = []

    init(seed: UInt64) { dice = SeededRandom(seed: seed) }

    static let seats = ["s0", "s1", "s2"].map { UserID(unchecked: $0) }

    mutating func step() {
        now += Int64(dice.hits(5) ? dice.roll(0..<40_000) : dice.roll(0..<300))
        if !underWay.isEmpty, dice.hits(60) { return tell(underWay.removeFirst()) }
        tell(someEvent())
    }

    private mutating func someEvent() -> Event {
        let seat = Self.seats[dice.roll(0..<3)]
        let call = CallID(unchecked: "\(seat)-\(dice.roll(0..<6))")
        let legs = [LegID(unchecked: "\(call)-d"), LegID(unchecked: "\(call)-p")]
        if dice.hits(3) { epoch[seat, default: 1] += 1 }
        // Now and then a word of an owner who has lost the seat.
        let epoch = max(1, epoch[seat, default: 1] - (dice.hits(10) ? 1 : 0))
        switch dice.roll(0..<100) {
        case 0..<25: return open(ask(), call, of: seat, legs: legs, epoch: epoch)
        case 25..<45: return commands(ask(), someCommands(legs), call: call, of: seat, epoch: epoch)
        case 45..<58: return close(ask(), call, of: seat, epoch: epoch)
        case 58..<75: return renew(ask(), [(call, seat)], epoch: epoch)
        case 75..<80: return .firstPacket(legs[0])
        case 80..<83: return bus()
        default: return tick()
        }
    }

    private mutating func someCommands(_ legs: [LegID]) -> [MediaCommand] {
        switch dice.roll(0..<5) {
        case 0: [.hear(legs[0], .leg(legs[1])), .hear(legs[1], .leg(legs[0]))]
        case 1: [.hear(legs[0], .leg(legs[1]))]
        case 2: [.hear(legs[1], .leg(legs[0]))]
        case 3: [.hear(legs[0], .tone(.ringback)), .collect(legs[0], id: 1, digits: "1", timeoutMs: 1_000)]
        default: [.hear(LegID(unchecked: "nobody"), .silence)]
        }
    }

    private mutating func ask() -> Int {
        asked += 1
        waiting.insert(asked)
        return asked
    }

    private mutating func bus() -> Event {
        isOnBus.toggle()
        return isOnBus ? .busConnected : .busLost
    }

    private mutating func tick() -> Event {
        for leg in control.openLegs.sorted() where dice.hits(40) { received[leg, default: 0] += 1 }
        return .tick(received: received)
    }

    mutating func tell(_ event: Event) {
        for effect in control.handle(event, at: Instant(milliseconds: now)) { obey(effect) }
        check()
    }

    private mutating func obey(_ effect: Effect) {
        switch effect {
        case .openLegs(let call, let legs): openLegs(call, legs)
        case .apply(_, _, let question):
            underWay.append(dice.hits(90) ? .applied(question) : .notApplied(question, Refusal(422, "no", "no")))
        case .closeLegs(let call, let legs):
            if held.removeValue(forKey: call) == nil { faults.append("\(call) closed without ports") }
            underWay.append(.closed(call, legs.map { MediaFact.Leg(leg: $0) }))
        case .reply(let question, _), .refuse(let question, _):
            if waiting.remove(question.raw) == nil { faults.append("question \(question.raw) answered again") }
        case .announce(let what, let position, let legs): announced(what, position, legs)
        case .report(let position, _):
            reported[position.call, default: 0] += 1
            count(position)
        case .defect(let what): faults.append(what)
        case .notify, .unowned: break
        }
    }

    private mutating func openLegs(_ call: CallID, _ legs: [LegID]) {
        if held[call] != nil { faults.append("\(call) opened twice") }
        guard dice.hits(85) else { return underWay.append(.notOpened(call, Refusal(503, "full", "full"))) }
        held[call] = legs
        underWay.append(.opened(call, ports(legs)))
    }

    private mutating func announced(_ what: MediaWhat, _ position: CallPosition, _ legs: [LegID]) {
        let call = position.call
        switch what {
        case .opened:
            sequence[call] = nil
            joined.remove(call)
            opened[call, default: 0] += 1
        case .joined:
            if !joined.insert(call).inserted { faults.append("\(call) joined twice") }
            if held[call] == nil { faults.append("\(call) joined without ports") }
        case .ended: faults.append("ended is a report")
        }
        count(position)
    }

    private mutating func count(_ position: CallPosition) {
        let expected = sequence[position.call, default: 0] + 1
        if position.sequence != expected { faults.append("\(position.call): sequence \(position.sequence)") }
        sequence[position.call] = expected
    }

    /// What must hold after every step.
    private mutating func check() {
        for (call, times) in reported where times > opened[call, default: 0] {
            faults.append("\(call) reported more often than opened")
        }
        for leg in control.openLegs where !held.values.contains(where: { $0.contains(leg) }) {
            faults.append("\(leg) is open without ports")
        }
    }

    /// The engine answers all, the instance is stopped: nothing may be left.
    mutating func end() {
        while !underWay.isEmpty { tell(underWay.removeFirst()) }
        tell(.stop)
        while !underWay.isEmpty { tell(underWay.removeFirst()) }
        if !control.isEmpty { faults.append("calls are left") }
        if !held.isEmpty { faults.append("ports are left: \(held)") }
        if !waiting.isEmpty { faults.append("questions without answer: \(waiting.sorted())") }
        if opened != reported { faults.append("opened \(opened), reported \(reported)") }
    }
}

@Test func everyCallIsClosedOnceAndEveryQuestionAnsweredOnce() {
    var opened = 0
    for seed in UInt64(1)...400 {
        var world = World(seed: seed)
        for _ in 0..<400 where world.faults.isEmpty { world.step() }
        world.end()
        opened += world.opened.values.reduce(0, +)
        #expect(world.faults == [], "seed \(seed)")
    }
    #expect(opened > 4_000, "the schedules must open calls")
}

@Test func aCoreReadBackFromJSONIsTheSame() throws {
    var world = World(seed: 7)
    for _ in 0..<200 { world.step() }
    #expect(!world.control.openLegs.isEmpty)
    let copy = try JSONDecoder().decode(MediaControl.self, from: JSONEncoder().encode(world.control))
    #expect(copy == world.control)
}
