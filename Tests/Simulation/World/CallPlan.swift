import BusContract
import CallControl
import TelephonyModel

/// What the user and his callers mean to do with one call.
struct CallPlan {
    let direction: Direction
    let target: String
    let offer: Arrival.Offer
    let route: Route
    let viaGroup: Bool
    let profile: Profile
    let devices: [Device]
    /// As everybody sees the other side.
    let party: PartyView
    let callerReach: Reach
    /// When the user first asked for it, by the seat's clock.
    var firstDialled: Instant?
    /// What the user has deflected it to and the seat has taken: its number, and how often.
    var deflectedTo: String?
    var deflections = 0
    var isDeclined = false
}

extension World {
    static let elsewhere = SIPReason(.sip, 200, "Call completed elsewhere")
    private static let remote = RemoteAudio(
        address: "192.0.2.1", port: 4_000, codec: .pcma, payloadType: 8, dtmfPayloadType: 101)

    func planCalls() {
        let count = random.pick([1, 1, 1, 2, 3])
        for index in 0..<count {
            let call = CallID(unchecked: "call-\(index)")
            let direction: Direction = random.one(in: 3) ? .outgoing : .incoming
            plans[call] = plan(direction)
            let start = index == 0 ? 0 : random.ms(0...40_000)
            agenda.add(.begin(call), at: Instant(milliseconds: start))
            planUser(call, direction, from: start)
        }
    }

    private func plan(_ direction: Direction) -> CallPlan {
        let offer: Arrival.Offer = random.pick([
            .audio(Self.remote), .audio(Self.remote), .audio(Self.remote), .audio(Self.remote), .none, .unusable,
        ])
        let target = random.pick(["+4940987654", "+4940987654", "45", "45", "112"])
        let caller = random.pick([nil, "+4930123456", "+4930123456", "44"])
        let (profile, devices) = somebody()
        let group = random.one(in: 8)
        return CallPlan(
            direction: direction, target: target, offer: offer, route: route(group), viaGroup: group, profile: profile,
            devices: devices, party: PartyView(number: direction == .outgoing ? target : caller),
            callerReach: caller == "44" ? .inside : .outside)
    }

    private func route(_ viaGroup: Bool) -> Route {
        if viaGroup, random.one(in: 4) { return .groupNotWanted }
        guard random.one(in: 4) else { return .ring }
        return random.pick([
            .fallback(random.pick([.doNotDisturb, .timetable, .quietHours])), .fallback(.timetable),
            .divert(destination()), .divert(destination()), .blocked,
        ])
    }

    private func planUser(_ call: CallID, _ direction: Direction, from start: Int64) {
        func plan(_ happening: Happening, within time: Int64) {
            agenda.add(happening, at: Instant(milliseconds: start + random.ms(0...time)))
        }
        if random.one(in: 3) { plan(.userHangsUp(call), within: 60_000) }
        if random.one(in: 8) { plan(.userHangsUp(call), within: 60_000) }
        if direction == .outgoing, random.one(in: 4) { plan(.userDials(call), within: 50_000) }
        if random.one(in: 6) { plan(.userDeclines(call), within: 40_000) }
        if random.one(in: 4) { plan(.userDeflects(call), within: 30_000) }
        if random.one(in: 8) { plan(.userDeflects(call), within: 50_000) }
    }

    // MARK: The user

    func begin(_ call: CallID) {
        guard let plan = plans[call] else { return }
        if plan.direction == .outgoing { return dial(call) }
        let leg = LegID(call, .party)
        far[leg] = FarLeg(
            far: .ringing, stack: .received, temper: Temper(&random), isCaller: true, number: nil, port: leg,
            invitedAt: clock.awake(now), order: far.count)
        if let patience = far[leg]?.temper.givesUpAfter { after(patience, .farGivesUp(leg)) }
        if random.one(in: 20) { after(random.ms(10...30_000), .callerMoves(leg)) }
        let arrival = Arrival(
            call: call, caller: plan.party, callerReach: plan.callerReach, offer: plan.offer, route: plan.route,
            viaGroup: plan.viaGroup)
        deliver(.invited(arrival, plan.profile))
    }

    private static let askedAgain: Int64 = 55_000

    func dial(_ call: CallID) {
        guard let plan = plans[call] else { return }
        // Long after a call nobody asks for it again under its id; a seat's clock may have gone on by minutes.
        let first = plan.firstDialled ?? clock.seat(now)
        plans[call]?.firstDialled = first
        guard clock.seat(now) - first <= Self.askedAgain else { return }
        let reach: Reach = plan.target.hasPrefix("+") ? .outside : .inside
        let wish = Originate(call: call, user: seat.user, target: plan.target, targetReach: reach)
        deliver(.originate(wish, plan.profile, plan.party, ask()))
    }

    func hangUp(_ call: CallID) { deliver(.clear(call, ask())) }

    func decline(_ call: CallID) {
        let question = ask()
        deliver(.decline(call, question))
        if checks.done.contains(question) { plans[call]?.isDeclined = true }
    }

    func deflect(_ call: CallID) {
        guard let plan = plans[call] else { return }
        let (question, device, other) = (ask(), random.pick(plan.devices), destination())
        let toDevice = random.one(in: 2)
        deliver(.deflect(call, toDevice ? .device(device) : .number(other), question))
        guard checks.done.contains(question) else { return }
        plans[call]?.deflectedTo = toDevice ? device.dialled : other.dialled
        plans[call]?.deflections += 1
    }

    private func ask() -> QuestionID {
        questions += 1
        checks.asked(QuestionID(questions), self)
        return QuestionID(questions)
    }
}
