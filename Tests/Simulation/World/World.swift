import BusContract
import CallControl
import Foundation
import TelephonyModel
import TestSupport

/// One schedule: a seat among models of phones, a trunk, media, lines, the bus and its user.
package final class World {
    var random: SeededRandom
    var agenda = Agenda<Happening>()
    /// By the world's clock; the seat's own clock is `clock`.
    var now = Instant(milliseconds: 0)
    var seat = Seat(user: UserID(unchecked: "anna"))
    var clock = SeatTime()
    var owner = 0
    /// Answers to processes before this one are lost.
    var lostBefore = 0
    var far: [LegID: FarLeg] = [:]
    /// Armed timers and their deadlines by the seat's clock.
    var timers: [TimerID: Instant] = [:]
    var lines = LinesModel()
    var media = MediaModel()
    var journal = JournalModel()
    var checks = Checks()
    var plans: [CallID: CallPlan] = [:]
    var questions = 0
    let isTraced: Bool
    /// What the seat was told that it may be told again.
    var told: [Seat.Event] = []
    /// That the seat has handled.
    var events = 0
    /// Who also looks: the tests look inside the seat.
    var witnesses: [any Witness] = []

    package init(seed: UInt64, isTraced: Bool = false) {
        random = SeededRandom(seed: seed)
        self.isTraced = isTraced
        planCalls()
        if random.one(in: 3) { agenda.add(.ownerDies, at: Instant(milliseconds: soon(or: 60_000))) }
        if random.one(in: 6) { lines.capacity = Int(random.ms(0...5)) }
    }

    /// Runs until nothing more is to happen.
    /// - Returns: what went wrong; empty if nothing did.
    package func run() -> [String] {
        var steps = 0
        while checks.problems.isEmpty, let next = agenda.next() {
            now = next.at
            if clock.isOwned || next.happening.needsNoOwner {
                happens(next.happening)
            } else {
                agenda.add(next.happening, at: max(now, clock.ownedAgainAt))
            }
            steps += 1
            if steps > 20_000 { checks.fail("the world does not come to rest") }
        }
        // Who still talks hangs up in the end.
        if checks.problems.isEmpty, let call = seat.running.first(where: { $0.picture.phase == .talking }) {
            hangUp(call.picture.call)
            return run()
        }
        if checks.problems.isEmpty { checks.rest(self) }
        return checks.problems
    }

    // MARK: Time

    /// Within this time, as often as not in its first moments.
    func soon(or late: Int64) -> Int64 { random.one(in: 2) ? random.ms(0...1_500) : random.ms(0...late) }

    func after(_ milliseconds: Int64, _ happening: Happening) { agenda.add(happening, at: now + milliseconds) }

    /// A message of the bus: some come late, some twice, now and then long after.
    func tell(_ event: Seat.Event, after milliseconds: Int64, twice: Bool = true) {
        after(milliseconds, .tell(event, owner: owner))
        guard twice, random.one(in: 25) else { return }
        let again = random.one(in: 4) ? random.ms(0...60_000) : random.ms(0...3_000)
        after(milliseconds + again, .tell(event, owner: owner))
    }

    func happens(_ happening: Happening) {
        switch happening {
        case .tell(let event, let asker): if asker >= lostBefore { deliver(event) }
        case .repeated(.fired(let timer)): stray(timer)
        case .repeated(let event): deliver(event)
        case .strayTimer(let timer): stray(timer)
        case .timer(let timer, let deadline): fire(timer, deadline)
        case .begin(let call): begin(call)
        case .userDials(let call): dial(call)
        case .userHangsUp(let call): hangUp(call)
        case .userDeclines(let call): decline(call)
        case .userDeflects(let call): deflect(call)
        case .ownerDies: ownerDies()
        case .adopted: adopted()
        case .reserve, .release: linesHappen(happening)
        case .openMedia, .command, .closeMedia, .leaseEnds, .mediaCrashes: mediaHappens(happening)
        default: sipHappens(happening)
        }
    }

    /// A timer that was disarmed on its way fires now and then all the same.
    private func fire(_ timer: TimerID, _ deadline: Instant) {
        guard timers[timer] == deadline else {
            if random.one(in: 10) { stray(timer) }
            return
        }
        // Not that of a dead owner, whose clock was ahead.
        if deadline <= clock.seat(now) { stray(timer) }
    }

    /// A timer that nobody has armed, or not for now.
    private func stray(_ timer: TimerID) {
        if let deadline = timers[timer], deadline <= clock.seat(now) { timers[timer] = nil }
        deliver(.fired(timer))
    }

    // MARK: The seat

    func deliver(_ event: Seat.Event) {
        events += 1
        repeatLater(event)
        if random.one(in: 80) { writeDown() }
        checks.before(event, self)
        for witness in witnesses { witness.before(event, self) }
        let effects = seat.handle(event, at: clock.seat(now))
        trace({ "\(event)" }, effects)
        for effect in effects { carryOut(effect) }
        checks.after(event, effects, self)
        for witness in witnesses { witness.after(event, self) }
    }

    /// Whatever was said may be said once more, at any time; most often where a call stays but a moment.
    private func repeatLater(_ event: Seat.Event) {
        if event.isWord { told.append(event) }
        let isBrief = timers.keys.contains { $0.what == .writeAhead || $0.what == .tone }
        guard !told.isEmpty, random.one(in: isBrief ? 2 : 8) else { return }
        let isLate = random.one(in: 15)
        after(random.ms(0...(isLate ? 120_000 : 250)), .repeated(random.pick(told)))
        guard isBrief || isLate, random.one(in: 2), let call = random.pick(told).call else { return }
        if random.one(in: 2) { meddle(with: call) }
        after(random.ms(0...250), .strayTimer(TimerID(call, random.pick(TimerID.What.allCases))))
    }

    /// The user changes his mind in just that moment.
    private func meddle(with call: CallID) {
        let verbs: [Happening] = [.userHangsUp(call), .userDeclines(call), .userDeflects(call), .userDials(call)]
        let isDialled = plans[call]?.direction == .outgoing
        after(random.ms(0...250), random.pick(isDialled ? verbs : Array(verbs.prefix(3))))
    }

    func writeDown() {
        do {
            seat = try JSONDecoder().decode(Seat.self, from: JSONEncoder().encode(seat))
        } catch {
            checks.fail("the seat cannot be written down: \(error)")
        }
    }

    /// Timers die with their process, and answers on the way may. Far sides go on; what they say waits, as they send
    /// it again.
    private func ownerDies() {
        guard clock.isOwned else { return }
        writeDown()
        timers = [:]
        owner += 1
        if random.one(in: 2) { lostBefore = owner }
        let gap = random.one(in: 2) ? 0 : random.ms(1...12_000)
        clock.stops(at: now, for: gap)
        after(gap, .adopted)
    }

    /// The new owner's wall clock is minutes off.
    private func adopted() {
        clock.goesOn(at: now, skew: random.one(in: 2) ? 0 : random.ms(-180_000...180_000))
        let effects = seat.adopted(in: owner + 1, at: clock.seat(now))
        trace({ "adopted" }, effects)
        for effect in effects { carryOut(effect) }
        checks.adopted(effects, self)
        if random.one(in: 3) { after(random.ms(1_000...20_000), .ownerDies) }
    }

    /// - Parameter what: made only when it is shown; it costs more than the seat.
    func trace(_ what: () -> String, _ effects: [Seat.Effect]) {
        guard isTraced else { return }
        print("\(now.milliseconds) ms, the seat's \(clock.seat(now).milliseconds): \(what())")
        for effect in effects { print("        -> \(effect)") }
    }

    // MARK: Effects

    func carryOut(_ effect: Seat.Effect) {
        checks.see(effect, self)
        journal.see(effect)
        switch effect {
        case .arm(let timer, let deadline):
            timers[timer] = deadline
            agenda.add(.timer(timer, deadline), at: max(now, clock.world(deadline)) + random.ms(0...5))
        case .disarm(let timer): timers[timer] = nil
        case .checkpoint(let revision):
            if !random.one(in: 20) { tell(.checkpointConfirmed(revision: revision), after: random.ms(0...350)) }
        case .reserve(let position, let wants, let evenIfFull):
            after(random.ms(0...300), .reserve(wants, evenIfFull: evenIfFull, epoch: position.epoch))
        case .release(let position, let legs):
            after(random.ms(300...600), .release(legs, epoch: position.epoch))
        case .openMedia(let position, let legs): after(random.ms(0...300), .openMedia(position.call, legs))
        case .media(let position, _, let commands):
            media.plan(commands)
            after(media.order(position.call, now, random.ms(0...50)) - now, .command(position.call, commands))
        case .closeMedia(let position, _):
            after(media.order(position.call, now, random.ms(0...50)) - now, .closeMedia(position.call))
        case .publishLeg(.ended, let picture, let position):
            after(random.ms(0...600), .release([picture.leg], epoch: position.epoch))
        case .publish, .publishLeg, .taken, .done, .refused, .defect, .callerNumberRefused: break
        default: sip(effect)
        }
    }
}

extension Seat.Event {
    /// Whether it may come twice. A verb is asked once under its number, an INVITE told once: the stack knows what was
    /// retransmitted.
    fileprivate var isWord: Bool {
        switch self {
        case .originate, .clear, .decline, .deflect, .invited: false
        default: true
        }
    }
}

/// Looks at each event of a world, before and after the seat has handled it.
protocol Witness: AnyObject {
    func before(_ event: Seat.Event, _ world: World)
    func after(_ event: Seat.Event, _ world: World)
}
