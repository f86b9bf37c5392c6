import BusContract
import LocalHouse
import PresenceCore
import TelephonyModel
import Testing

@testable import rufbus_presence

/// What a private house writes for its presence, presence reads: all of it.
@Test(arguments: [false, true]) func aHousesFileIsReadAsItWasMeant(_ withAll: Bool) throws {
    let mobile = DeviceID(unchecked: "mobile")
    let plan = RingPlan(
        id: PlanID(unchecked: "home"), name: "At \"home\"", mode: .sequence,
        steps: [RingStep(device: mobile, delaySeconds: 3, ringSeconds: 10, answerGuard: .timed)])
    let hours = WeekHours(days: [.mon], from: 485, to: 1_440)
    let rules = IncomingRules(
        blocked: ["anonymous", "+4930*"], vip: ["24"], doNotDisturb: true,
        timetable: [
            TimetableEntry(hours: hours, then: .plan(plan.id)), TimetableEntry(hours: hours, then: .device(mobile)),
            TimetableEntry(hours: hours, then: .divert(Destination(number: "25", reach: .inside))),
            TimetableEntry(hours: hours, then: .fallback),
        ], quietHours: [hours], assistant: Destination(number: "25", reach: .inside), groupCalls: false,
        fallbacks: [ReasonFallback(reason: .busy, to: Destination(number: "+498912345", reach: .outside))])
    let user = DirectoryUser(
        user: UserID(unchecked: "anna"), name: "Anna", officeNumber: "+498984098723", extension: "23", language: .de,
        devices: [
            Device(
                id: mobile, kind: .mobile, reach: .outside, number: "+491711234567", answerGuard: .key, name: "M",
                ringSeconds: 20)
        ], active: mobile, fallback: Destination(number: "24", reach: .inside), plans: withAll ? [plan] : [],
        activePlan: withAll ? plan.id : nil, rules: withAll ? rules : IncomingRules())
    var trunk = DirectoryTrunk(
        trunk: TrunkID(unchecked: "pbx"), address: "127.0.0.1", port: 5070, outsidePrefix: "0", bypassPrefix: "7",
        sipChannels: 4, outsideChannels: 4, reserve: 1)
    if withAll {
        trunk.targets.append(
            TrunkTarget(address: "127.0.0.2", port: 5061, transport: .tls, priority: 2, serverName: "pbx.test"))
        (trunk.sources, trunk.keepAliveSeconds, trunk.sessionTimerRequired) = (["127.0.0.0/8"], 1, true)
        trunk.registration = TrunkRegistration(domain: "pbx.test", user: "100", authUser: "a", expirySeconds: 60)
        (trunk.lastAnswer, trunk.noAnswerSeconds) = (.redirect, 40)
        trunk.identity = IdentityProfile(
            name: "own", from: .init(.caller, .zeros), asserted: .init(.office, .bare, fixed: "+49898409870"),
            preferred: .init(.office, .national), diversion: .plus, historyInfo: .national, showsCaller: .everywhere,
            suppression: .privacyOnly)
    }
    let office = OfficeNumbers(
        country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X"], trunkNumber: "+4989840987",
        timeZone: withAll ? "Europe/Berlin" : nil)
    let hash = "$y$j9T$rufbusdemoanna..$pHmLhbfOmvFQ2rSfFlcSVt6JAto/y0loRzbcjK4snE3"
    let written = LocalHouse.DirectoryFile(office: office, trunks: [trunk], users: [.init(user, passwordHash: hash)])
    let read = try DirectoryYAML.read(written.yaml)
    #expect(read.office == office && read.trunks == [trunk] && read.users.map(\.user) == [user])
}
