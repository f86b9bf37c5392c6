import BusContract
import Foundation
import TelephonyModel
import TestSupport

@testable import CallControl

/// One schedule: a seat among models of phones, a trunk, media, lines, the bus and its user.
final class World {
    var random: SeededRandom
    var agenda = Agenda<Happening>()
    var now = Instant(milliseconds: 0)
    var seat = Seat(user: UserID(unchecked: "anna"))
    var owner = 0
    /// Answers to processes before this one are lost.
    var lostBefore = 0
    var far: [LegID: FarLeg] = [:]
    var timers: [TimerID: Instant] = [:]
    var lines = LinesModel()
    var media = MediaModel()
    var journal = JournalModel()
    var checks = Checks()
    var plans: [CallID: CallPlan] = [:]
    var questions = 0
    let isTraced: Bool
    /// Of each event that the seat handled.
    var durations: [Duration] = []
    var pairs: Set<String> = []

    init(seed: UInt64, isTraced: Bool) {
        random = SeededRandom(seed: seed)
        self.isTraced = isTraced
        planCalls()
        if random.one(in: 3) { agenda.add(.newOwner, at: Instant(milliseconds: random.ms(0...60_000))) }
        if random.one(in: 6) { lines.capacity = Int(random.ms(0...3)) }
    }

    /// Runs until nothing more is to happen.
    /// - Returns: what went wrong; empty if nothing did.
    func run() -> [String] {
        var steps = 0
        while checks.problems.isEmpty, let next = agenda.next() {
            now = next.at
            happens(next.happening)
            steps += 1
            if steps > 20_000 { checks.fail("the world does not come to rest") }
        }
        // Who still talks hangs up in the end.
        if checks.problems.isEmpty, let call = seat.calls.first(where: { $0.stage != .ending }) {
            hangUp(call.id)
            return run()
        }
        if checks.problems.isEmpty { checks.rest(self) }
        return checks.problems
    }

    // MARK: Time

    func after(_ milliseconds: Int64, _ happening: Happening) { agenda.add(happening, at: now + milliseconds) }

    /// A message of the bus: some come late, some twice.
    func tell(_ event: Seat.Event, after milliseconds: Int64, twice: Bool = true) {
        after(milliseconds, .tell(event, owner: owner))
        if twice, random.one(in: 25) { after(milliseconds + random.ms(0...3_000), .tell(event, owner: owner)) }
    }

    func happens(_ happening: Happening) {
        switch happening {
        case .tell(let event, let asker): if asker >= lostBefore { deliver(event) }
        case .timer(let timer, let deadline):
            guard timers[timer] == deadline else { return }
            timers[timer] = nil
            deliver(.fired(timer))
        case .begin(let call): begin(call)
        case .userDials(let call): dial(call)
        case .userHangsUp(let call): hangUp(call)
        case .newOwner: changeOwner()
        case .reserve, .release: linesHappen(happening)
        case .openMedia, .command, .closeMedia, .leaseEnds, .mediaCrashes: mediaHappens(happening)
        default: sipHappens(happening)
        }
    }

    // MARK: The seat

    func deliver(_ event: Seat.Event) {
        if random.one(in: 30) { writeDown() }
        note(event)
        checks.before(event, self)
        let clock = ContinuousClock()
        let start = clock.now
        let effects = seat.handle(event, at: now)
        durations.append(clock.now - start)
        trace("\(event)", effects)
        for effect in effects { carryOut(effect) }
        checks.after(event, effects, self)
    }

    private func note(_ event: Seat.Event) {
        let call = seat.calls.first { $0.id == event.call }
        pairs.insert("\(call.map { "\($0.direction) \(Self.word($0.stage))" } ?? "none") x \(Self.word(event))")
    }

    private static func word(_ value: Any) -> String { String("\(value)".prefix { $0 != "(" }) }

    func writeDown() {
        do {
            seat = try JSONDecoder().decode(Seat.self, from: JSONEncoder().encode(seat))
        } catch {
            checks.fail("the seat cannot be written down: \(error)")
        }
    }

    /// Timers die with their process; answers on the way may.
    private func changeOwner() {
        writeDown()
        timers = [:]
        owner += 1
        if random.one(in: 2) { lostBefore = owner }
        let effects = seat.adopted(at: now)
        trace("adopted", effects)
        for effect in effects { carryOut(effect) }
        checks.adopted(self)
        if random.one(in: 3) { after(random.ms(1_000...20_000), .newOwner) }
    }

    func trace(_ what: String, _ effects: [Seat.Effect]) {
        guard isTraced else { return }
        print("\(now.milliseconds) ms: \(what)")
        for effect in effects { print("        -> \(effect)") }
    }

    // MARK: Effects

    func carryOut(_ effect: Seat.Effect) {
        checks.see(effect, self)
        journal.see(effect)
        switch effect {
        case .arm(let timer, let deadline):
            timers[timer] = deadline
            agenda.add(.timer(timer, deadline), at: max(now, deadline) + random.ms(0...5))
        case .disarm(let timer): timers[timer] = nil
        case .checkpoint(let revision):
            if !random.one(in: 20) { tell(.checkpointConfirmed(revision: revision), after: random.ms(0...350)) }
        case .reserve(_, let wants, let evenIfFull):
            after(random.ms(0...300), .reserve(wants, evenIfFull: evenIfFull))
        case .release(_, let legs): after(random.ms(300...600), .release(legs))
        case .openMedia(let position, let legs): after(random.ms(0...300), .openMedia(position.call, legs))
        case .media(let position, _, let commands):
            media.plan(commands)
            after(media.order(position.call, now, random.ms(0...50)) - now, .command(position.call, commands))
        case .closeMedia(let position, _):
            after(media.order(position.call, now, random.ms(0...50)) - now, .closeMedia(position.call))
        case .publishLeg(.ended, let picture, _): after(random.ms(0...600), .release([picture.leg]))
        case .publish, .publishLeg, .taken, .done, .refused, .defect: break
        default: sip(effect)
        }
    }
}
