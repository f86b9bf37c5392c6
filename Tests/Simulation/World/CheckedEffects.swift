import BusContract
import CallControl
import TelephonyModel

/// What the seat asks for, looked at one by one.
extension Checks {
    mutating func see(_ effect: Seat.Effect, _ world: World) {
        if let epoch = effect.position?.epoch { expect(epoch == world.owner + 1, "\(effect) of another epoch") }
        switch effect {
        case .defect(let text): fail("defect: \(text)")
        case .publish(let what, let picture, let position): seeCall(what, picture, position, world)
        case .publishLeg(let what, let picture, let position): seeLeg(what, picture, position)
        case .taken(let question, _, _), .done(let question), .refused(let question, _):
            if case .done = effect { done.insert(question) }
            expect(openQuestions.removeValue(forKey: question) != nil, "question \(question.raw) is answered twice")
        case .checkpoint(let revision):
            let last = self.revision
            expect(revision > last || world.owner > 0, "checkpoint \(revision) after \(last)")
            self.revision = max(self.revision, revision)
        case .reserve(_, let wants, _): askedLines.formUnion(wants.map(\.leg))
        case .invite(let leg, let invitation): seeInvite(leg, invitation, world)
        case .provisional(let leg, _): expect(ringing.insert(leg).inserted, "second 180 to \(leg)")
        case .media(let position, _, let commands): seeMedia(position.call, commands, world)
        case .accept(let leg, _): seeAccept(leg, world)
        case .refuse(let leg, let status, _): seeRefusal(leg, status, world)
        case .redirect(let leg, let number, _): seeRedirection(leg, number, world)
        case .callerNumberRefused:
            expect(world.plans.values.contains { $0.profile.showsCaller != .never }, "no caller's number was shown")
        case .cancel(let leg, let reason): seeCancel(leg, reason, world)
        default: break
        }
    }

    private mutating func number(_ position: CallPosition) {
        let last = sequences[position.call, default: 0]
        expect(position.sequence == last + 1, "event \(position.sequence) of \(position.call) after \(last)")
        expect(!ended.contains(position.call), "event \(position.sequence) of \(position.call) after its end")
        sequences[position.call] = position.sequence
    }

    // MARK: Facts

    private mutating func seeCall(_ what: CallWhat, _ picture: CallPicture, _ position: CallPosition, _ world: World) {
        number(position)
        expect(picture.party == world.plans[position.call]?.party, "\(position.call) shows \(picture.party)")
        if what == .started { expect(started.insert(position.call).inserted, "\(position.call) started twice") }
        if what == .answered { expect(talked.insert(position.call).inserted, "\(position.call) answered twice") }
        guard what == .ended else { return }
        expect(picture.endedBy != nil && picture.endedAt != nil, "an end that nobody made, or without a time")
        for leg in world.far.keys where leg.call == position.call {
            expect(endedLegs.contains(leg), "\(position.call) ended before \(leg)")
        }
        ended.insert(position.call)
        seeReason(picture)
    }

    /// What the journal will tell is what happened.
    private mutating func seeReason(_ picture: CallPicture) {
        guard let reason = picture.reason else { return fail("\(picture.call) ended without a reason") }
        let (call, hasTalked) = (picture.call, talked.contains(picture.call))
        expect(!reason.isOfTalk || hasTalked, "\(call) is \(reason), and nobody talked")
        let mayFollowTalk = reason.isOfTalk || Self.afterTalk.contains(reason) || cancelledCallers[call] != nil
        expect(!hasTalked || mayFollowTalk, "\(call) is \(reason) after a talk")
        let isCancelled = cancelledCallers[call] != nil
        if picture.direction == .incoming {
            expect(reason != .missed || isCancelled, "\(call) is missed, and its caller did not give up")
        }
        let isElsewhere = (cancelledCallers[call] ?? nil) == World.elsewhere
        expect(reason != .takenElsewhere || isElsewhere, "\(call) is taken elsewhere, and nobody said so")
    }

    /// A 200 of ours that is never acknowledged, an ACK without audio, media that is gone.
    private static let afterTalk: Set<EndReason> = [.partyUnreachable, .noCommonCodec, .serviceFailed]

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

    // MARK: SIP

    private mutating func seeInvite(_ leg: LegID, _ invitation: Invitation, _ world: World) {
        expect(!givenUp.contains(leg.call), "\(leg) is called after its call was given up")
        let isEmergency = EmergencyNumbers.isOne(invitation.number, behind: "0")
        expect(!isEmergency, "\(invitation.number) is dialled")
        expect(grantedLines.contains(leg), "\(leg) is called without a line")
        let isOwn = world.plans[leg.call]?.devices.contains { $0.dialled == invitation.number } == true
        for (other, state) in world.far where isOwn && state.number == invitation.number && other.isUsers {
            expect(!state.isBusy || other == leg, "\(leg) calls the phone of \(other) once more")
        }
        seeIdentity(leg, invitation.identity, world)
    }

    /// Numbers of the company, but for the caller's where the profile shows it; a fallback learns whose call it is.
    private mutating func seeIdentity(_ leg: LegID, _ identity: Identity, _ world: World) {
        guard let plan = world.plans[leg.call] else { return fail("\(leg) is of no call") }
        let office = World.officeNumber
        expect(identity.number == office, "\(leg) shows \(identity.number)")
        let isDiverted = leg.role == .fallback || identity.caller != nil
        expect(identity.diversion == (isDiverted ? office : nil), "\(leg) has a wrong diversion")
        guard let caller = identity.caller else { return }
        let isAllowed = plan.profile.showsCaller != .never && leg.role == .device && plan.direction == .incoming
        expect(isAllowed && caller == plan.party, "\(leg) shows \(caller)")
        let isRefused = world.far.contains { $0.key.call == leg.call && $0.value.refusedNumber }
        expect(!isRefused, "\(leg) shows a number that was refused")
    }

    /// Phones whose ringing ends because another one answered show no missed call (RFC 3326).
    private mutating func seeCancel(_ leg: LegID, _ reason: SIPReason?, _ world: World) {
        let isTaken = world.far[LegID(leg.call, .party)]?.acceptGiven == true
        let wasTold = reason?.scheme == .sip && reason?.cause == 200
        expect(!isTaken || wasTold, "\(leg) is not told that another phone has answered")
    }

    private mutating func seeAccept(_ leg: LegID, _ world: World) {
        guard case .leg(let port)? = world.media.hears[leg] else { return fail("200 to \(leg) before it is joined") }
        expect(world.media.hears[port] == .leg(leg), "200 to \(leg), and \(port) does not hear it")
        guard let near = world.leg(at: port), let state = world.far[near], let plan = world.plans[leg.call] else {
            return fail("200 to \(leg), and nobody is at \(port)")
        }
        expect(state.stack == .up, "200 to \(leg) before \(near) is up")
        guard near.role == .device else { return }
        let guards = plan.guards(of: state.number)
        expect(guards != [.key] || state.temper.key == "1", "200 to \(leg), and nobody pressed 1 at \(near)")
        expect(guards != [.timed] || state.answeredInTime, "200 to \(leg), and a machine answered at \(near)")
    }

    /// A known user's caller is turned away only when all that the user has was tried, or he himself says so.
    private mutating func seeRefusal(_ leg: LegID, _ status: Int, _ world: World) {
        guard let plan = world.plans[leg.call] else { return fail("\(leg) is of no call") }
        switch status {
        case 488: expect(plan.offer == .unusable, "488 to \(leg), whose offer is good")
        case 603:
            let isMeant = givenUp.contains(leg.call) || plan.route == .blocked
            expect(isMeant, "603 to \(leg), and nobody declined")
        default:
            expect(plan.lastAnswers.contains(status) || status == 480, "\(status) to \(leg)")
            triedAll(leg, plan)
        }
    }

    private mutating func triedAll(_ leg: LegID, _ plan: CallPlan) {
        let call = leg.call
        guard undisturbed.contains(call), !givenUp.contains(call), !troubledMedia.contains(call) else { return }
        guard plan.hasUsefulFallback, plan.route.rings else { return }
        let isTried = askedLines.contains { $0.call == call && $0.role == .fallback }
        expect(isTried, "\(leg) is turned away, and the fallback was not tried")
    }

    /// The trunk may try the fallback instead of us, but no emergency number, and nobody whom we have called in vain.
    private mutating func seeRedirection(_ leg: LegID, _ number: String, _ world: World) {
        let plan = world.plans[leg.call]
        expect(plan?.lastAnswers.contains(302) == true, "302 to \(leg)")
        expect(!EmergencyNumbers.isOne(number, behind: "0"), "\(leg) is sent to \(number)")
        let isFallback = plan.map { $0.fallbacks.contains(number) } ?? false
        expect(isFallback, "\(leg) is sent to \(number), which is no fallback")
        let inVain = world.far.contains { $0.key.call == leg.call && $0.value.number == number && $0.value.hasFailed }
        expect(!inVain, "\(leg) is sent to \(number), which was called in vain")
    }

    // MARK: Media

    /// Who hears whom, when both are really there: a phone's sound before its answer reaches no caller.
    private mutating func seeMedia(_ call: CallID, _ commands: [MediaCommand], _ world: World) {
        let party = LegID(call, .party)
        let isOutgoing = world.plans[call]?.direction == .outgoing
        for case .hear(let ear, .leg(let mouth)) in commands {
            let ready = isOutgoing && mouth == party ? ear : (isOutgoing ? party : (mouth == party ? ear : mouth))
            let stands = world.leg(at: ready).flatMap { world.far[$0]?.stack } == .up
            expect(stands, "\(ear) hears \(mouth) before \(ready) is up")
        }
    }
}

extension EndReason {
    fileprivate var isOfTalk: Bool { self == .completed }
}

extension LegID {
    /// Whether it is on the user's side of the call.
    var isUsers: Bool { role != .party }
}

extension Route {
    /// Whether a fallback of the user's has its turn in the end.
    var rings: Bool {
        switch self {
        case .ring, .fallback: true
        case .divert, .blocked, .groupNotWanted: false
        }
    }
}

extension CallPlan {
    /// What is dialled for them.
    var fallbacks: Set<String> {
        Set((profile.fallbacks.map(\.to) + [profile.fallback].compactMap { $0 }).map(\.dialled))
    }
}

extension FarLeg {
    /// Neither as quick as a machine nor as late as a mailbox.
    var answeredInTime: Bool {
        guard let rangAt, let answeredAt else { return false }
        return (2_000...22_000).contains(answeredAt - rangAt)
    }
}
