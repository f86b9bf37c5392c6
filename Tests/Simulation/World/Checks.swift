import BusContract
import TelephonyModel

@testable import CallControl

/// What must hold after each step, and at rest.
struct Checks {
    private(set) var problems: [String] = []
    private var sequences: [CallID: Int] = [:]
    private var started: Set<CallID> = []
    private var ended: Set<CallID> = []
    private var answeredLegs: Set<LegID> = []
    private var endedLegs: Set<LegID> = []
    private var openQuestions: Set<QuestionID> = []
    private var ringing: Set<LegID> = []
    /// Calls that their user or their caller wants no more.
    private var givenUp: Set<CallID> = []
    private var revision = 0

    mutating func fail(_ problem: String) { problems.append(problem) }

    mutating func expect(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { problems.append(problem()) }
    }

    mutating func asked(_ question: QuestionID) { openQuestions.insert(question) }

    // MARK: Before and after an event

    mutating func before(_ event: Seat.Event, _ world: World) {
        switch event {
        case .clear(let call, _) where world.seat.calls.contains { $0.id == call }: givenUp.insert(call)
        case .cancelled(let leg, _): givenUp.insert(leg.call)
        case .hungUp(let leg, _) where leg == LegID(leg.call, .device):
            if world.plans[leg.call]?.direction == .outgoing { givenUp.insert(leg.call) }
        default: break
        }
    }

    mutating func after(_ event: Seat.Event, _ effects: [Seat.Effect], _ world: World) {
        expect(world.seat.timers == world.timers, "armed \(world.timers), the seat says \(world.seat.timers)")
        for (leg, state) in world.far where !state.isCaller && givenUp.contains(leg.call) {
            expect(state.stack != .proceeding || state.cancelSent, "\(leg) rings on after its call was given up")
        }
        for call in world.seat.calls {
            oneOwner(call, world)
            let isUnheard = call[.party]?.dialog == .arrived(ringing: false)
            expect(!isUnheard || world.now - call.startedAt <= 1_000, "the caller of \(call.id) hears nothing")
        }
    }

    /// No leg without a call, and no dialog that call and stack see differently.
    private mutating func oneOwner(_ call: Call, _ world: World) {
        for leg in call.legs {
            let state = world.far[call.legID(leg.role)]?.stack
            switch leg.dialog {
            case .planned: expect(state == nil, "\(leg.role) of \(call.id) is planned and already called")
            case .up:
                expect(state == .up, "\(leg.role) of \(call.id) is up, the stack says \(String(describing: state))")
            case .over:
                expect(state == .over, "\(leg.role) of \(call.id) is over, the stack says \(String(describing: state))")
            default: expect(state != nil, "\(leg.role) of \(call.id) has no dialog")
            }
        }
    }

    mutating func adopted(_ world: World) {
        expect(world.seat.timers == world.timers, "after adoption armed \(world.timers), not \(world.seat.timers)")
    }

    // MARK: Effects

    mutating func see(_ effect: Seat.Effect, _ world: World) {
        switch effect {
        case .defect(let text): fail("defect: \(text)")
        case .publish(let what, let picture, let position): seeCall(what, picture, position, world)
        case .publishLeg(let what, let picture, let position): seeLeg(what, picture, position)
        case .taken(let question, _, _), .done(let question), .refused(let question, _):
            expect(openQuestions.remove(question) != nil, "question \(question.raw) is answered twice")
        case .checkpoint(let revision):
            let last = self.revision
            expect(revision > last || world.owner > 0, "checkpoint \(revision) after \(last)")
            self.revision = max(self.revision, revision)
        case .invite(let leg, let invitation):
            expect(!givenUp.contains(leg.call), "\(leg) is called after its call was given up")
            let isEmergency = EmergencyNumbers.isOne(invitation.number, behind: "0")
            expect(!isEmergency, "\(invitation.number) is dialled")
        case .provisional(let leg, _): expect(ringing.insert(leg).inserted, "second 180 to \(leg)")
        case .media(let position, _, let commands): seeMedia(position.call, commands, world)
        case .accept(let leg, _): seeAccept(leg, world)
        default: break
        }
    }

    private mutating func number(_ position: CallPosition) {
        let last = sequences[position.call, default: 0]
        expect(position.sequence == last + 1, "event \(position.sequence) of \(position.call) after \(last)")
        expect(!ended.contains(position.call), "event \(position.sequence) of \(position.call) after its end")
        sequences[position.call] = position.sequence
    }

    private mutating func seeCall(_ what: CallWhat, _ picture: CallPicture, _ position: CallPosition, _ world: World) {
        number(position)
        if what == .started { expect(started.insert(position.call).inserted, "\(position.call) started twice") }
        guard what == .ended else { return }
        expect(picture.reason != nil && picture.endedBy != nil && picture.endedAt != nil, "an end without a reason")
        for leg in world.far.keys where leg.call == position.call {
            expect(endedLegs.contains(leg), "\(position.call) ended before \(leg)")
        }
        ended.insert(position.call)
    }

    private mutating func seeLeg(_ what: LegWhat, _ picture: LegPicture, _ position: CallPosition) {
        number(position)
        switch what {
        case .answered: expect(answeredLegs.insert(picture.leg).inserted, "\(picture.leg) answered twice")
        case .ended: expect(endedLegs.insert(picture.leg).inserted, "\(picture.leg) ended twice")
        case .message: fail("leg.message is the driver's")
        }
        let isMarked = answeredLegs.contains(picture.leg)
        expect(picture.answeredAt == nil || isMarked, "\(picture.leg) was answered without an event")
    }

    /// Who hears whom, when both are really there.
    private mutating func seeMedia(_ call: CallID, _ commands: [MediaCommand], _ world: World) {
        for case .hear(let ear, .leg(let mouth)) in commands {
            let party = LegID(call, .party)
            let isOutgoing = world.plans[call]?.direction == .outgoing
            let ready = isOutgoing && mouth == party ? ear : (isOutgoing ? party : (mouth == party ? ear : mouth))
            expect(world.far[ready]?.stack == .up, "\(ear) hears \(mouth) before \(ready) is up")
        }
    }

    private mutating func seeAccept(_ leg: LegID, _ world: World) {
        guard case .leg(let near)? = world.media.hears[leg] else { return fail("200 to \(leg) before it is joined") }
        expect(world.media.hears[near] == .leg(leg), "200 to \(leg), and \(near) does not hear it")
        expect(world.far[near]?.stack == .up, "200 to \(leg) before \(near) is up")
        let isGuarded = near == LegID(leg.call, .device) && world.plans[leg.call]?.profile.device.answerGuard == .key
        expect(!isGuarded || world.far[near]?.temper.key == "1", "200 to \(leg), and nobody pressed 1 at \(near)")
    }

    // MARK: At rest

    /// One final entry for each finished call, whatever the bus did with its events.
    private mutating func journaled(_ world: World) {
        let entries = world.journal.entries(&world.random)
        expect(Set(entries.map(\.call)) == ended && entries.count == ended.count, "entries \(entries.map(\.call))")
        for entry in entries {
            expect(entry.final && entry.reason != nil && entry.endedBy != nil, "\(entry.call) is not final")
            let legs = Set(world.far.keys.filter { $0.call == entry.call })
            expect(Set(entry.legs.map(\.leg)) == legs, "\(entry.call) has legs \(entry.legs.map(\.leg)), not \(legs)")
        }
    }

    mutating func rest(_ world: World) {
        expect(world.seat.isIdle, "calls at rest: \(world.seat.running.map(\.picture))")
        expect(world.timers.isEmpty && world.seat.timers.isEmpty, "timers at rest: \(world.timers)")
        expect(world.lines.rows.isEmpty, "lines at rest: \(world.lines.rows)")
        expect(world.media.open.isEmpty, "media at rest: \(world.media.open)")
        let unanswered = openQuestions.count
        expect(unanswered == 0, "\(unanswered) verbs without an answer")
        let endless = started.symmetricDifference(ended)
        expect(endless.isEmpty, "calls without an end: \(endless)")
        let standing = endedLegs.symmetricDifference(world.far.keys)
        expect(standing.isEmpty, "legs without an end: \(standing)")
        journaled(world)
        for (leg, state) in world.far {
            expect(state.stack == .over, "\(leg) at rest is \(state.stack)")
            let isGone = state.far == .ended || state.isForsaken || state.temper.isSilent
            expect(isGone, "the far side of \(leg) at rest is \(state.far)")
        }
    }
}
