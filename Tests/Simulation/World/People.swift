import BusContract
import CallControl
import TelephonyModel
import TestSupport

/// The user of the simulator, his phones, his ring plan and rules, and the trunk: all of it at random.
extension World {
    static let officeNumber = "+498984098723"
    static let ownExtension = "23"

    /// Anna's phones, each with a guard and a ring time of its own.
    private func phones() -> [Device] {
        let numbers: [(String, DeviceKind, Reach, String)] = [
            ("mobile", .mobile, .outside, "+491711234567"), ("office", .office, .inside, Self.ownExtension),
            ("home", .home, .outside, "+49891112233"), ("soft", .softphone, .inside, "61"),
        ]
        return numbers.map { id, kind, reach, number in
            Device(
                id: DeviceID(unchecked: id), kind: kind, reach: reach, number: number, answerGuard: randomGuard(),
                name: id, ringSeconds: Int(random.ms(5...25)))
        }.shuffled(using: &random)
    }

    private func randomGuard() -> AnswerGuard { random.pick([.none, .none, .key, .key, .timed]) }

    private func plan(of devices: [Device]) -> RingPlan? {
        guard !random.one(in: 4) else { return nil }
        let steps = devices.shuffled(using: &random).prefix(Int(random.ms(1...4))).map { device in
            RingStep(
                device: device.id, delaySeconds: random.one(in: 2) ? 0 : Int(random.ms(1...10)),
                ringSeconds: random.one(in: 2) ? nil : Int(random.ms(5...30)),
                answerGuard: random.one(in: 3) ? randomGuard() : nil)
        }
        return RingPlan(
            id: PlanID(unchecked: "plan"), name: "Plan", mode: random.pick(RingPlan.Mode.allCases), steps: Array(steps))
    }

    func destination() -> Destination {
        random.pick([
            Destination(number: Self.ownExtension, reach: .inside), Destination(number: "45", reach: .inside),
            Destination(number: "46", reach: .inside), Destination(number: "+4940111", reach: .outside),
            Destination(number: "110", reach: .outside),
        ])
    }

    private func user() -> DirectoryUser {
        let devices = phones()
        let plan = plan(of: devices)
        var rules = IncomingRules()
        if random.one(in: 3) {
            rules.fallbacks = FallbackReason.allCases.shuffled(using: &random).prefix(2).map {
                ReasonFallback(reason: $0, to: destination())
            }
        }
        return DirectoryUser(
            user: seat.user, name: "Anna", officeNumber: Self.officeNumber, extension: Self.ownExtension, language: .de,
            devices: devices, active: plan?.steps[0].device ?? devices[0].id,
            fallback: random.one(in: 4) ? nil : destination(), plans: plan.map { [$0] } ?? [], activePlan: plan?.id,
            rules: rules)
    }

    private func trunk() -> DirectoryTrunk {
        var trunk = DirectoryTrunk(
            trunk: TrunkID(unchecked: "pbx"), address: "127.0.0.1", port: 5060, outsidePrefix: "0", bypassPrefix: "7",
            sipChannels: 30, outsideChannels: 30, reserve: 2)
        trunk.lastAnswer = random.pick(DirectoryTrunk.LastAnswer.allCases)
        trunk.noAnswerSeconds = random.pick([45, 60, 60, 90])
        trunk.identity.showsCaller = random.pick(IdentityProfile.ShowsCaller.allCases)
        return trunk
    }

    func somebody() -> (profile: Profile, devices: [Device]) {
        let user = user()
        do {
            return (try Profile(of: user, on: trunk()), user.devices)
        } catch {
            preconditionFailure("a user has his own devices: \(error.sentence)")
        }
    }

    /// User part of the Request-URI, as the trunk of this house wants it.
    static func dialled(_ number: String, _ reach: Reach) -> String {
        if reach == .inside { return number == ownExtension ? "7" + number : number }
        return number.hasPrefix("+") ? "000" + number.dropFirst() : "0" + number
    }
}

extension Device {
    var dialled: String { World.dialled(number, reach) }
}

extension Destination {
    var dialled: String { World.dialled(number, reach) }
}
