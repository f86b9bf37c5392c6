import BusContract
import CallControl
import TelephonyModel

/// What must hold after each step, and at rest. `CheckedEffects` looks at what the seat asks for, `CheckedRest` at what
/// is left in the end. Limits of time count only time in which somebody owned the seat.
struct Checks {
    /// A checkpoint that an answer of ours, or an ACK, waits for.
    struct Paper {
        let revision: Int
        /// By the seat's clock.
        let at: Instant
    }
    private(set) var problems: [String] = []
    var sequences: [CallID: Int] = [:]
    var started: Set<CallID> = []
    var ended: Set<CallID> = []
    var talked: Set<CallID> = []
    var answeredLegs: Set<LegID> = []
    var endedLegs: Set<LegID> = []
    /// Verbs without an answer, and when they were asked.
    var openQuestions: [QuestionID: Int64] = [:]
    var ringing: Set<LegID> = []
    /// Verbs that were carried out.
    var done: Set<QuestionID> = []
    /// Calls whose trunk has refused the caller's number.
    var officeOnly: Set<CallID> = []
    /// Calls that their user or their caller wants no more.
    var givenUp: Set<CallID> = []
    var revision = 0
    var confirmed = 0
    /// By the leg that answered, or the caller's that our 200 goes to.
    var papers: [LegID: Paper] = [:]
    /// What the seat was told.
    var grantedLines: Set<LegID> = []
    var askedLines: Set<LegID> = []
    var toldPorts: Set<CallID> = []
    var troubledMedia: Set<CallID> = []
    var cancelledCallers: [CallID: SIPReason?] = [:]
    /// Calls that came while no other ran: nothing but their plan decides where they ring.
    var undisturbed: Set<CallID> = []
    /// Who talks to whom, as the last step left it.
    var live: [LegID: LegID] = [:]

    /// Verbs are answered by then: lines and ports may each take 2 s to be refused.
    static let verbLimit: Int64 = 10_000
    static let writeAhead: Int64 = 250

    mutating func fail(_ problem: String) { problems.append(problem) }

    mutating func expect(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { problems.append(problem()) }
    }

    mutating func asked(_ question: QuestionID, _ world: World) {
        openQuestions[question] = world.clock.awake(world.now)
    }

    // MARK: Before and after an event

    mutating func before(_ event: Seat.Event, _ world: World) {
        switch event {
        case .invited(let arrival, _): if world.seat.isIdle { undisturbed.insert(arrival.call) }
        case .clear(let call, _) where world.seat.running.contains { $0.picture.call == call }: givenUp.insert(call)
        case .cancelled(let leg, let reason):
            givenUp.insert(leg.call)
            cancelledCallers[leg.call] = .some(reason)
        case .hungUp(let leg, _) where leg.role == .device:
            if world.plans[leg.call]?.direction == .outgoing { givenUp.insert(leg.call) }
        case .linesGranted(let legs): grantedLines.formUnion(legs)
        case .mediaOpened(let call, _, _): toldPorts.insert(call)
        case .mediaRefused(let call, _), .mediaLost(let call), .mediaSilent(let call),
            .mediaNotice(let call, .leaseEnded):
            troubledMedia.insert(call)
        case .checkpointConfirmed(let revision): confirmed = max(confirmed, revision)
        default: break
        }
    }

    mutating func after(_ event: Seat.Event, _ effects: [Seat.Effect], _ world: World) {
        expect(world.seat.timers == world.timers, "armed \(world.timers), the seat says \(world.seat.timers)")
        nobodyIsCutOff(by: event, effects, world)
        writtenDownFirst(event, effects, world)
        let awake = world.clock.awake(world.now)
        for (leg, state) in world.far {
            if state.isCaller { callerIsServed(leg, state, awake, world) } else { phoneRings(leg, state, awake, world) }
        }
        for (question, asked) in openQuestions {
            expect(awake - asked <= Self.verbLimit, "verb \(question.raw) has no answer after \(awake - asked) ms")
        }
        live = world.pairs
    }

    /// Two who talk are parted only if one of them, or their user, asks for it, or nothing carries their voices.
    private mutating func nobodyIsCutOff(by event: Seat.Event, _ effects: [Seat.Effect], _ world: World) {
        guard !live.isEmpty else { return }
        for effect in effects {
            guard let leg = effect.endedLeg, let other = live[leg] else { continue }
            expect(
                event.asks(forEndOf: leg, and: other, world), "\(leg) talks to \(other) and is ended by \(event)")
        }
    }

    /// What the peer will remember is written down before it is said, or a quarter of a second has passed.
    private mutating func writtenDownFirst(_ event: Seat.Event, _ effects: [Seat.Effect], _ world: World) {
        let now = world.clock.seat(world.now)
        for effect in effects {
            switch effect {
            case .checkpoint(let revision):
                let about = event.answeredLeg ?? event.call.map { LegID($0, .party) }
                if let about { papers[about] = Paper(revision: revision, at: now) }
            case .acknowledge(let leg) where world.far[leg]?.stack == .over: break  // Its BYE was quicker.
            case .acknowledge(let leg) where !effects.contains { $0.endedLeg == leg } && !givenUp.contains(leg.call):
                guard papers[leg] != nil else { return fail("\(leg) is acknowledged without a checkpoint") }
                isWritten(leg, now)
            case .accept(let leg, _): isWritten(leg, now)
            default: break
            }
        }
    }

    private mutating func isWritten(_ leg: LegID, _ now: Instant) {
        guard let paper = papers[leg] else { return }
        expect(
            confirmed >= paper.revision || now - paper.at >= Self.writeAhead,
            "\(leg) is taken before checkpoint \(paper.revision) is confirmed")
    }

    /// Ringback within a second, an answer before his PBX gives up waiting.
    private mutating func callerIsServed(_ leg: LegID, _ state: FarLeg, _ awake: Int64, _ world: World) {
        guard state.stack == .received, !state.acceptGiven else { return }
        let waits = awake - state.invitedAt
        expect(waits <= 1_000 || ringing.contains(leg), "the caller of \(leg.call) hears nothing")
        expect(waits <= world.longestWait(leg.call), "the caller of \(leg.call) has no answer after \(waits) ms")
    }

    /// No longer than it may, and only while it is wanted.
    private mutating func phoneRings(_ leg: LegID, _ state: FarLeg, _ awake: Int64, _ world: World) {
        guard state.stack == .proceeding, !state.cancelSent else { return }
        if leg.role == .device, let plan = world.plans[leg.call], plan.isDeclined || plan.deflectedTo != nil {
            expect(state.number == plan.deflectedTo, "\(leg) rings on after its call was declined or deflected")
        }
        expect(!givenUp.contains(leg.call), "\(leg) rings on after its call was given up")
        let rung = awake - state.invitedAt
        expect(rung <= world.ringLimit(leg) + 10, "\(leg) rings for \(rung) ms")
        let caller = LegID(leg.call, .party)
        if world.far[caller]?.acceptGiven == true { fail("\(leg) rings on after another phone has answered") }
    }

    mutating func adopted(_ effects: [Seat.Effect], _ world: World) {
        expect(world.seat.timers == world.timers, "after adoption armed \(world.timers), not \(world.seat.timers)")
        for effect in effects {
            expect(effect.endedLeg == nil, "the new owner ends \(String(describing: effect.endedLeg))")
        }
    }
}

extension World {
    /// Who hears whom both ways, on dialogs that stand.
    var pairs: [LegID: LegID] {
        var pairs: [LegID: LegID] = [:]
        for (leg, state) in far where state.isStanding {
            guard case .leg(let port)? = media.hears[state.port], media.hears[port] == .leg(state.port) else {
                continue
            }
            pairs[leg] = far.first { $0.value.port == port && $0.value.isStanding }?.key
        }
        return pairs
    }
}

extension Seat.Effect {
    /// The leg that this ends, or gives up.
    var endedLeg: LegID? {
        switch self {
        case .bye(let leg, _), .cancel(let leg, _), .refuse(let leg, _, _), .redirect(let leg, _, _),
            .forget(let leg):
            leg
        default: nil
        }
    }

    /// Of a message that tells others in whose name it is sent.
    var position: CallPosition? {
        switch self {
        case .openMedia(let position, _), .media(let position, _, _), .closeMedia(let position, _),
            .reserve(let position, _, _), .release(let position, _), .publish(_, _, let position),
            .publishLeg(_, _, let position):
            position
        default: nil
        }
    }
}

extension Seat.Event {
    fileprivate var answeredLeg: LegID? { if case .answered(let leg, _) = self { leg } else { nil } }

    /// Whether this is somebody's wish, or the loss of what carries the talk.
    fileprivate func asks(forEndOf leg: LegID, and other: LegID, _ world: World) -> Bool {
        switch self {
        case .clear(let call, _): call == leg.call
        case .hungUp(let gone, _), .lost(let gone), .cancelled(let gone, _): gone == leg || gone == other
        case .mediaLost(let call), .mediaNotice(let call, .leaseEnded):
            call == leg.call && world.media.open[call] == nil
        case .confirmed(let caller, nil):
            (caller == leg || caller == other) && world.plans[leg.call]?.offer == Arrival.Offer.none
        default: false
        }
    }
}
