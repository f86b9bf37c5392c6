import BusContract
import TelephonyModel

/// One running call of a seat. Its concerns are files: `OutgoingCall`; for incoming ones `IncomingCall`, `CallRinging`
/// (the ring plan), `CallDiversion` (fallbacks) and `CallVerbs`; for both `CallDialogs` (what SIP says), `CallRepeats`,
/// `CallGuard`, `CallMedia`, `CallLines`, `CallTimers`, `CallWriteAhead`, `CallEnding`, `CallAdoption`.
struct Call: Codable, Sendable {
    /// Where the call as a whole stands. What single phones are doing stands in their legs.
    enum Stage: Codable, Hashable, Sendable {
        /// Lines and media are asked for; nothing rings yet.
        case preparing
        /// Phones of the user's are called, answer, or are asked for a key.
        case ringing
        /// Outgoing: the device is there, the target is called or answers.
        case dialing
        /// Incoming: no phone of the user's took it, it goes elsewhere: line, call, answer.
        case diverting
        /// Incoming: this phone's guard is passed, our 200 to the caller is being written down.
        case accepting(LegKey)
        /// The party talks to this leg.
        case talking(LegKey)
        /// The user's phone hears why there is nobody to talk to, then it is released.
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
    /// Its seat's.
    var epoch: Int
    let direction: Direction
    let profile: Profile
    let party: PartyView
    /// What is dialled for the party of an outgoing call; it may be somebody's device and is shown to nobody.
    let target: String?
    let startedAt: Instant
    /// Of an incoming call: what is tried first.
    let route: Route
    /// Whether the user's phones are tried at all: not if he is on another call.
    let toDevices: Bool
    let context: JSONValue?
    let offer: Arrival.Offer?

    var stage = Stage.preparing
    var legs: [CallLeg] = []
    /// How many legs of each role there have been: ids are never used twice.
    var legsMade: [LegRole: Int] = [:]
    /// The party leg that counts: another one once the target was sent on elsewhere.
    var far = LegKey.party
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
    /// What is being written down before the call goes on.
    var papers: [WriteAhead] = []
    /// Of the newest durable event.
    var sequence = 0

    var phase = CallPhase.started
    var since: Instant
    var answeredAt: Instant?
    var endedAt: Instant?
    var reason: EndReason?
    var endedBy: EndedBy?
    var unprotected = false
    /// The next of the profile's phones, and when its turn comes; nil: once the one before is out.
    var nextRing = 0
    var nextRingAt: Instant?
    /// The leg that took the call, also after its end.
    var takenBy: LegKey?
    /// Why the user's phones did not take the call, while it goes elsewhere.
    var failure: EndReason?
    /// Whether the user's own fallback has had its turn.
    var triedFallback = false
    /// Whether the trunk refused the caller's number: the office number is shown from then on.
    var callerNumberRefused = false
    /// What the device's BYE says when the tone is over.
    var farewell: SIPReason?

    /// An outgoing call as the verb asks for it.
    init(_ wish: Originate, _ profile: Profile, _ shown: PartyView, epoch: Int, at now: Instant) {
        (id, user, self.epoch, direction, self.profile) = (wish.call, wish.user, epoch, .outgoing, profile)
        (party, target, startedAt, since) = (shown, wish.target, now, now)
        (route, toDevices, context, offer) = (.ring, true, wish.context, nil)
        let number = profile.dialled(wish.target, wish.targetReach)
        add(
            CallLeg(
                .device, of: id, profile.device.reach, number: profile.deviceNumber, ring: Ring(profile.device), at: now
            ))
        add(CallLeg(.party, of: id, wish.targetReach, number: number, at: now))
    }

    /// An incoming call as its INVITE tells it.
    init(_ arrival: Arrival, _ profile: Profile, user: UserID, epoch: Int, toDevices: Bool, at now: Instant) {
        (id, self.user, self.epoch, direction, self.profile) = (arrival.call, user, epoch, .incoming, profile)
        (party, target, startedAt, since) = (arrival.caller, nil, now, now)
        (route, self.toDevices, context, offer) = (arrival.route, toDevices, nil, arrival.offer)
        add(CallLeg(arrived: .party, of: id, arrival.callerReach, at: now))
    }

    // MARK: Legs

    func legID(_ key: LegKey) -> LegID { self[key]?.id ?? LegID(id, key.role, key.index) }

    /// The leg of this name; nil while there is none.
    subscript(_ key: LegKey) -> CallLeg? {
        get { legs.first { $0.key == key } }
        set {
            guard let index = legs.firstIndex(where: { $0.key == key }), let newValue else { return }
            legs[index] = newValue
        }
    }

    func key(of leg: LegID) -> LegKey? { legs.first { $0.id == leg }?.key }

    mutating func add(_ leg: CallLeg) {
        legs.append(leg)
        legsMade[leg.key.role, default: 0] += 1
    }

    func nextKey(_ role: LegRole) -> LegKey { LegKey(role, legsMade[role] ?? 0) }

    /// The user's side of an incoming call, as far as a phone rings or talks there or is about to.
    var usersLegs: [CallLeg] { legs.filter { $0.isUsers && $0.isLive } }

    // MARK: What others see

    var position: CallPosition {
        CallPosition(seat: user, call: id, conversation: id, epoch: epoch, sequence: sequence)
    }

    var picture: CallPicture {
        CallPicture(
            call: id, user: user, conversation: id, direction: direction, phase: phase,
            officeNumber: profile.officeNumber, party: party,
            legs: shownLegs.map { $0.picture(profile.trunk) }, startedAt: startedAt, since: since,
            answeredAt: answeredAt, endedAt: endedAt, reason: reason, endedBy: endedBy, unprotected: unprotected,
            context: context)
    }

    /// Legs that were called; whoever looks for the user's phone finds the one that took the call first.
    private var shownLegs: [CallLeg] {
        let called = legs.filter { $0.dialog != .planned }
        guard let takenBy else { return called }
        return called.filter { $0.key == takenBy } + called.filter { $0.key != takenBy }
    }

    mutating func publish(_ what: CallWhat, _ work: inout Work) {
        sequence += 1
        work.add(.publish(what, picture, position))
    }

    mutating func publish(_ what: LegWhat, of key: LegKey, _ work: inout Work) {
        guard let leg = self[key] else { return }
        sequence += 1
        work.add(.publishLeg(what, leg.picture(profile.trunk), position))
    }

    /// A public phase, and the event that tells it.
    mutating func enter(_ phase: CallPhase, _ what: CallWhat, _ work: inout Work) {
        if self.phase != phase { (self.phase, since) = (phase, work.now) }
        publish(what, &work)
    }

    // MARK: Trouble

    /// What only a bug can do ends this one call.
    mutating func defect(_ text: String, _ work: inout Work) {
        work.add(.defect("\(text) (call \(id), \(direction), \(stage))"))
        end(.serviceFailed, &work)
    }
}

extension Call {
    /// Whether the user's phones ring or talk, so that he cannot take another call. A call that went on to a
    /// colleague leaves its user free.
    var occupiesUser: Bool {
        guard stage != .ending else { return false }
        return usersLegs.contains { $0.key.role == .device || profile.ownPhones.contains($0.number ?? "") }
    }

    /// The user's phones that ring or talk on this call, as they were dialled.
    var phonesInUse: [String] {
        usersLegs.filter { $0.dialog != .planned }.compactMap(\.number).filter(profile.ownPhones.contains)
    }
}
