import BusContract
import TelephonyModel

/// One running call of a seat. Its concerns are files: `OutgoingCall`, `IncomingCall`, `CallDialogs` (what SIP says),
/// `CallGuard`, `CallMedia`, `CallLines`, `CallEnding`, `CallAdoption`.
struct Call: Codable, Sendable {
    /// Where the call stands. Write-ahead points are stages of their own: a new owner repeats the question.
    enum Stage: Codable, Hashable, Sendable {
        /// Lines and media are asked for.
        case preparing
        /// A phone of ours is called: the device, the fallback, or (outgoing) the target.
        case ringing(LegRole)
        /// That phone's 2xx is being written down; ACK follows.
        case answering(LegRole, revision: Int)
        /// The device is asked for a key.
        case guarding(collect: Int)
        /// Incoming: the guard is passed, our 200 to the caller is being written down.
        case accepting(revision: Int)
        /// The party talks to this leg.
        case talking(LegRole)
        /// Incoming: the device did not take it, the fallback's line is asked for.
        case diverting
        /// The device hears why there is nobody to talk to, then it is released.
        case tone
        /// Over for the user; legs still have to be let go.
        case ending
    }
    /// Ports; closed before they are asked for, too.
    enum Media: Codable, Hashable, Sendable {
        case opening
        case open(InstanceID, [LocalAudio])
        case closed
    }

    let id: CallID
    let user: UserID
    let epoch: Int
    let direction: Direction
    let profile: Profile
    let party: PartyView
    /// What is dialled for the party of an outgoing call; it may be somebody's device and is shown to nobody.
    let target: String?
    let startedAt: Instant
    /// Where an incoming call may go that the device does not take.
    let fallback: DirectoryUser.Fallback?
    /// Whether the user's phone is tried at all: not if he is on another call.
    let toDevice: Bool
    let context: JSONValue?
    let offer: Arrival.Offer?

    var stage = Stage.preparing
    var legs: [CallLeg] = []
    var media = Media.closed
    var timers: [TimerID.What: Instant] = [:]
    /// Legs that are gone while their lines were still asked for: whatever comes of that goes back.
    var owedLines: [LegID] = []
    /// Originates that wait for their answer.
    var questions: [QuestionID] = []
    /// What those are told if nothing comes of the call.
    var refusal: Refusal?
    /// Numbers the questions for a key: an answer to an old one is none.
    var collects = 0
    /// Of the newest durable event.
    var sequence = 0

    var phase = CallPhase.started
    var since: Instant
    var answeredAt: Instant?
    var endedAt: Instant?
    var reason: EndReason?
    var endedBy: EndedBy?
    var unprotected = false
    /// The device's own failure, while the fallback is tried.
    var failure: EndReason?
    var triedFallback = false
    /// What the device's BYE says when the tone is over.
    var farewell: SIPReason?

    /// An outgoing call as the verb asks for it.
    init(_ wish: Originate, _ profile: Profile, _ shown: PartyView, epoch: Int, at now: Instant) {
        (id, user, self.epoch, direction, self.profile) = (wish.call, wish.user, epoch, .outgoing, profile)
        (party, target, startedAt, since) = (shown, wish.target, now, now)
        (fallback, toDevice, context, offer) = (nil, true, wish.context, nil)
        legs = [
            CallLeg(.device, profile.device.reach, .planned, at: now),
            CallLeg(.party, wish.targetReach, .planned, at: now),
        ]
    }

    /// An incoming call as its INVITE tells it.
    init(
        _ arrival: Arrival, _ profile: Profile, user: UserID, epoch: Int, toDevice: Bool,
        fallback: DirectoryUser.Fallback?, at now: Instant
    ) {
        (id, self.user, self.epoch, direction, self.profile) = (arrival.call, user, epoch, .incoming, profile)
        (party, target, startedAt, since) = (arrival.caller, nil, now, now)
        (self.fallback, self.toDevice, context, offer) = (fallback, toDevice, nil, arrival.offer)
        legs = [CallLeg(.party, arrival.callerReach, .arrived(ringing: false), at: now)]
        if toDevice { legs.append(CallLeg(.device, profile.device.reach, .planned, at: now)) }
    }

    // MARK: Legs

    func legID(_ role: LegRole) -> LegID { LegID(id, role) }

    /// The leg of this role; nil while there is none.
    subscript(_ role: LegRole) -> CallLeg? {
        get { legs.first { $0.role == role } }
        set {
            guard let index = legs.firstIndex(where: { $0.role == role }), let newValue else { return }
            legs[index] = newValue
        }
    }

    func role(of leg: LegID) -> LegRole? { legs.first { legID($0.role) == leg }?.role }

    // MARK: What others see

    var position: CallPosition {
        CallPosition(seat: user, call: id, conversation: id, epoch: epoch, sequence: sequence)
    }

    var picture: CallPicture {
        CallPicture(
            call: id, user: user, conversation: id, direction: direction, phase: phase,
            officeNumber: profile.officeNumber, party: party,
            legs: legs.filter { $0.dialog != .planned }.map { $0.picture(legID($0.role), profile) },
            startedAt: startedAt, since: since, answeredAt: answeredAt, endedAt: endedAt, reason: reason,
            endedBy: endedBy, unprotected: unprotected, context: context)
    }

    mutating func publish(_ what: CallWhat, _ work: inout Work) {
        sequence += 1
        work.add(.publish(what, picture, position))
    }

    mutating func publish(_ what: LegWhat, of role: LegRole, _ work: inout Work) {
        guard let leg = self[role] else { return }
        sequence += 1
        work.add(.publishLeg(what, leg.picture(legID(role), profile), position))
    }

    /// A new public phase, and the event that tells it.
    mutating func enter(_ phase: CallPhase, _ what: CallWhat, _ work: inout Work) {
        (self.phase, since) = (phase, work.now)
        publish(what, &work)
    }

    // MARK: Timers

    mutating func arm(_ what: TimerID.What, in milliseconds: Int64, _ work: inout Work) {
        arm(what, at: work.now + milliseconds, &work)
    }

    mutating func arm(_ what: TimerID.What, at deadline: Instant, _ work: inout Work) {
        timers[what] = deadline
        work.add(.arm(TimerID(id, what), at: deadline))
    }

    mutating func disarm(_ what: TimerID.What, _ work: inout Work) {
        guard timers.removeValue(forKey: what) != nil else { return }
        work.add(.disarm(TimerID(id, what)))
    }

    /// A timer that was disarmed or armed anew has lost a race; its firing means nothing.
    mutating func fired(_ what: TimerID.What, _ work: inout Work) {
        guard let deadline = timers[what], deadline <= work.now else { return }
        timers[what] = nil
        switch what {
        case .alert: alertCaller(&work)
        case .ring: rangEnough(&work)
        case .earlyMedia: noEarlyMedia(&work)
        case .guardKey: guardFailed(.guardNotPassed, &work)
        case .tone: end(reason ?? .serviceFailed, &work)
        case .writeAhead: goOnUnprotected(&work)
        case .release: letGo(&work)
        }
    }

    // MARK: Write-ahead

    /// The revision that a write-ahead stage waits for.
    var awaited: Int? {
        switch stage {
        case .answering(_, let revision), .accepting(let revision): revision
        default: nil
        }
    }

    /// What the far side will remember is written down first, at most for a quarter of a second.
    mutating func writeAhead(_ stage: (Int) -> Stage, _ work: inout Work) {
        self.stage = stage(work.checkpoint())
        arm(.writeAhead, in: Limit.writeAhead, &work)
    }

    mutating func checkpointConfirmed(_ revision: Int, _ work: inout Work) {
        guard let awaited, revision >= awaited else { return }
        disarm(.writeAhead, &work)
        written(&work)
    }

    private mutating func goOnUnprotected(_ work: inout Work) {
        guard awaited != nil else { return }
        unprotected = true
        written(&work)
    }

    private mutating func written(_ work: inout Work) {
        switch stage {
        case .answering(let role, _): acknowledged(role, &work)
        case .accepting: accept(.device, after: [], &work)
        default: break
        }
    }

    // MARK: Trouble

    /// What only a bug can do ends this one call.
    mutating func defect(_ text: String, _ work: inout Work) {
        work.add(.defect("\(text) (call \(id), \(direction), \(stage))"))
        end(.serviceFailed, &work)
    }
}

extension Call {
    /// Whether the user's phone rings or talks, so that it cannot take another call. A call that went on to a
    /// colleague leaves its user free.
    var occupiesUser: Bool {
        guard stage != .ending else { return false }
        return self[.device]?.isLive == true || (self[.fallback]?.isLive == true && fallbackIsOwnPhone)
    }

    private var fallbackIsOwnPhone: Bool {
        guard let fallback else { return false }
        let number = profile.dialled(fallback.number, fallback.reach)
        return number == profile.deviceNumber || number == profile.bypassPrefix + profile.extension
    }

    /// What is dialled on the user's side of this call now.
    var numbersInUse: [String] {
        var numbers: [String] = []
        if self[.device]?.isLive == true { numbers.append(profile.deviceNumber) }
        if let fallback, self[.fallback]?.isLive == true {
            numbers.append(profile.dialled(fallback.number, fallback.reach))
        }
        return numbers
    }
}

extension Profile {
    /// What is dialled to reach the device.
    var deviceNumber: String { dialled(device.number, device.reach) }
}
