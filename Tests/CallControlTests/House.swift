import BusContract
import CallControl
import TelephonyModel

/// Anna, her phones and a target: the people of all stories.
struct House: Sendable {
    let user = UserID(unchecked: "anna")
    let media = InstanceID(unchecked: "m1")
    let call = CallID(unchecked: "call-1")
    /// Anna's mobile must press 1 on incoming calls; her office phone is the fallback.
    let mobile = House.profile(House.mobilePhone, fallback: .init(number: "23", reach: .inside))
    let unguarded = House.profile(House.unguardedPhone, fallback: .init(number: "23", reach: .inside))
    let withoutFallback = House.profile(House.mobilePhone, fallback: nil)
    /// Her office phone is active and her fallback too.
    let office = House.profile(House.officePhone, fallback: .init(number: "23", reach: .inside))
    /// What no directory should say.
    let emergency = House.profile(House.emergencyPhone, fallback: .init(number: "110", reach: .outside))
    let colleagueTakesOver = House.profile(House.mobilePhone, fallback: .init(number: "45", reach: .inside))

    static let mobilePhone = Device(
        id: DeviceID(unchecked: "mobile"), kind: .mobile, reach: .outside, number: "+491711234567", answerGuard: .key,
        name: "Mobile", ringSeconds: 25)
    static let unguardedPhone = Device(
        id: DeviceID(unchecked: "mobile"), kind: .mobile, reach: .outside, number: "+491711234567", answerGuard: .none,
        name: "Mobile", ringSeconds: 25)
    static let officePhone = Device(
        id: DeviceID(unchecked: "office"), kind: .office, reach: .inside, number: "23", answerGuard: .none,
        name: "Office phone", ringSeconds: 20)

    static let emergencyPhone = Device(
        id: DeviceID(unchecked: "office"), kind: .office, reach: .inside, number: "112", answerGuard: .none,
        name: "Office phone", ringSeconds: 20)

    static let homePhone = Device(
        id: DeviceID(unchecked: "home"), kind: .home, reach: .outside, number: "+49891234567", answerGuard: .timed,
        name: "At home", ringSeconds: 30)

    static func profile(_ device: Device, fallback: DirectoryUser.Fallback?) -> Profile {
        profile([device], fallback: fallback)
    }

    /// Anna with these phones; with a ring plan of all of them if it has a mode.
    static func profile(
        _ devices: [Device], _ mode: RingPlan.Mode? = nil, delays: [Int] = [], fallback: DirectoryUser.Fallback?,
        rules: IncomingRules = IncomingRules(), _ change: (inout DirectoryTrunk) -> Void = { _ in }
    ) -> Profile {
        let steps = devices.enumerated().map { index, device in
            RingStep(device: device.id, delaySeconds: index < delays.count ? delays[index] : 0)
        }
        let plan = mode.map { RingPlan(id: PlanID(unchecked: "plan"), name: "Plan", mode: $0, steps: steps) }
        let user = DirectoryUser(
            user: UserID(unchecked: "anna"), name: "Anna Beispiel", officeNumber: "+498984098723", extension: "23",
            language: .de, devices: devices, active: devices[0].id, fallback: fallback,
            plans: plan.map { [$0] } ?? [], activePlan: plan?.id, rules: rules)
        var trunk = DirectoryTrunk(
            trunk: TrunkID(unchecked: "pbx"), address: "127.0.0.1", port: 5060, outsidePrefix: "0", bypassPrefix: "7",
            sipChannels: 30, outsideChannels: 30, reserve: 2)
        change(&trunk)
        do {
            return try Profile(of: user, on: trunk)
        } catch {
            preconditionFailure("a user has his own device: \(error.sentence)")
        }
    }

    // MARK: What happens, in the words of the seat

    func dials(_ target: String, as call: CallID? = nil, question: Int = 1, _ profile: Profile? = nil) -> Seat.Event {
        let reach: Reach = target.hasPrefix("+") ? .outside : .inside
        let wish = Originate(call: call ?? self.call, user: user, target: target, targetReach: reach)
        return .originate(wish, profile ?? mobile, PartyView(number: target), QuestionID(question))
    }

    func calls(
        as call: CallID? = nil, _ offer: Arrival.Offer? = nil, _ profile: Profile? = nil, route: Route = .ring,
        viaGroup: Bool = false
    ) -> Seat.Event {
        let arrival = Arrival(
            call: call ?? self.call, caller: PartyView(number: "+4930123456"), callerReach: .outside,
            offer: offer ?? .audio(audio(40_000)), route: route, viaGroup: viaGroup)
        return .invited(arrival, profile ?? mobile)
    }

    func audio(_ port: UInt16) -> RemoteAudio {
        RemoteAudio(address: "192.0.2.7", port: port, codec: .pcma, payloadType: 8, dtmfPayloadType: 101)
    }

    func ports(_ roles: [LegRole], of call: CallID? = nil, at instance: InstanceID? = nil) -> Seat.Event {
        ports(of: roles.map { LegID(call ?? self.call, $0) }, at: instance)
    }

    func ports(of legs: [LegID], at instance: InstanceID? = nil) -> Seat.Event {
        let local = legs.enumerated().map { index, leg in
            LocalAudio(leg: leg, address: "127.0.0.1", port: 20_000 + 2 * UInt16(index))
        }
        return .mediaOpened(legs[0].call, instance ?? media, local)
    }

    func key(_ digit: String?, _ id: Int = 1) -> Seat.Event {
        .mediaNotice(call, .collected(LegID(call, .device), id: id, digit: digit))
    }

    func fires(_ what: TimerID.What) -> Seat.Event { .fired(TimerID(call, what)) }
}

let house = House()
let device = LegID(house.call, .device)
let party = LegID(house.call, .party)
let fallback = LegID(house.call, .fallback)
/// Anna's second and third phone, or her first one tried again.
let device1 = LegID(house.call, .device, 1)
let device2 = LegID(house.call, .device, 2)
