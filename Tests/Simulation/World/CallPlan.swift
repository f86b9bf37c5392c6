import BusContract
import TelephonyModel

@testable import CallControl

/// What the user and his callers mean to do.
struct CallPlan {
    let direction: Direction
    let target: String
    let offer: Arrival.Offer
    let profile: Profile
}

extension World {
    private static let remote = RemoteAudio(
        address: "192.0.2.1", port: 4_000, codec: .pcma, payloadType: 8, dtmfPayloadType: 101)

    func planCalls() {
        let count = random.pick([1, 1, 1, 2, 3])
        for index in 0..<count {
            let call = CallID(unchecked: "call-\(index)")
            let direction: Direction = random.one(in: 2) ? .outgoing : .incoming
            let offer: Arrival.Offer = random.pick([
                .audio(Self.remote), .audio(Self.remote), .audio(Self.remote), .none, .unusable,
            ])
            plans[call] = CallPlan(
                direction: direction, target: random.pick(["+4940987654", "+4940987654", "45", "45", "112"]),
                offer: offer, profile: profile())
            let start = index == 0 ? 0 : random.ms(0...40_000)
            agenda.add(.begin(call), at: Instant(milliseconds: start))
            planUser(call, direction, from: start)
        }
    }

    private func planUser(_ call: CallID, _ direction: Direction, from start: Int64) {
        if random.one(in: 3) {
            agenda.add(.userHangsUp(call), at: Instant(milliseconds: start + random.ms(0...60_000)))
        }
        if random.one(in: 8) {
            agenda.add(.userHangsUp(call), at: Instant(milliseconds: start + random.ms(0...60_000)))
        }
        if direction == .outgoing, random.one(in: 4) {
            agenda.add(.userDials(call), at: Instant(milliseconds: start + random.ms(0...50_000)))
        }
    }

    private func profile() -> Profile {
        let isOutside = !random.one(in: 3)
        let device = Device(
            id: DeviceID(unchecked: isOutside ? "mobile" : "office"), kind: isOutside ? .mobile : .office,
            reach: isOutside ? .outside : .inside, number: isOutside ? "+491711234567" : "23",
            answerGuard: random.one(in: 2) ? .key : .none, name: "Phone", ringSeconds: Int(random.ms(5...25)))
        let fallback: DirectoryUser.Fallback? = random.pick([
            nil, .init(number: "23", reach: .inside), .init(number: "23", reach: .inside),
            .init(number: "45", reach: .inside), .init(number: "+4940111", reach: .outside),
            .init(number: "110", reach: .outside),
        ])
        let user = DirectoryUser(
            user: seat.user, name: "Anna", officeNumber: "+498984098723", extension: "23", language: .de,
            devices: [device], active: device.id, fallback: fallback)
        let trunk = DirectoryTrunk(
            trunk: TrunkID(unchecked: "pbx"), address: "127.0.0.1", port: 5060, outsidePrefix: "0", bypassPrefix: "7",
            sipChannels: 30, outsideChannels: 30, reserve: 2)
        do {
            return try Profile(of: user, on: trunk)
        } catch {
            preconditionFailure("a user has his own device: \(error.sentence)")
        }
    }

    // MARK: The user

    func begin(_ call: CallID) {
        guard let plan = plans[call] else { return }
        if plan.direction == .outgoing { return dial(call) }
        let leg = LegID(call, .party)
        far[leg] = FarLeg(far: .ringing, stack: .received, temper: Temper(&random), isCaller: true)
        if let patience = far[leg]?.temper.givesUpAfter { after(patience, .farGivesUp(leg)) }
        let arrival = Arrival(
            call: call, caller: PartyView(number: random.one(in: 4) ? nil : "+4930123456"),
            callerReach: random.one(in: 4) ? .inside : .outside, offer: plan.offer)
        deliver(.invited(arrival, plan.profile))
    }

    func dial(_ call: CallID) {
        guard let plan = plans[call] else { return }
        let reach: Reach = plan.target.hasPrefix("+") ? .outside : .inside
        let wish = Originate(call: call, user: seat.user, target: plan.target, targetReach: reach)
        deliver(.originate(wish, plan.profile, PartyView(number: plan.target), ask()))
    }

    func hangUp(_ call: CallID) { deliver(.clear(call, ask())) }

    private func ask() -> QuestionID {
        questions += 1
        checks.asked(QuestionID(questions))
        return QuestionID(questions)
    }
}
