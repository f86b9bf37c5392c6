import TelephonyModel

/// The catalogue's example of a directory.
extension Example {
    static let plan = RingPlan(
        id: PlanID(unchecked: "at-home"), name: "At home", mode: .sequence,
        steps: [
            RingStep(device: mobile, ringSeconds: 15),
            RingStep(device: mobile, delaySeconds: 2, ringSeconds: 20, answerGuard: AnswerGuard.none),
        ])

    private static let rules = IncomingRules(
        blocked: ["+4930123457", "anonymous"], vip: ["+4930*"], doNotDisturb: false,
        timetable: [
            TimetableEntry(hours: work, then: .plan(plan.id)),
            TimetableEntry(hours: WeekHours(from: 1_080, to: 1_200), then: .device(mobile)),
            TimetableEntry(
                hours: WeekHours(days: [.sat], from: 600, to: 720),
                then: .divert(Destination(number: "24", reach: .inside))),
            TimetableEntry(hours: WeekHours(days: [.sun], from: 0, to: 1_440), then: .fallback),
        ], quietHours: [WeekHours(days: [.mon, .tue], from: 1_320, to: 360)],
        assistant: Destination(number: "25", reach: .inside), groupCalls: true,
        fallbacks: [ReasonFallback(reason: .busy, to: Destination(number: "26", reach: .inside))])
    private static let work = WeekHours(days: [.mon, .tue, .wed, .thu, .fri], from: 480, to: 1_020)

    static let user = DirectoryUser(
        user: anna, name: "Anna Beispiel", officeNumber: "+498984098723", extension: "23", language: .de,
        devices: [phone], active: mobile, fallback: .init(number: "23", reach: .inside), plans: [plan],
        activePlan: plan.id, rules: rules)

    private static let trunk = DirectoryTrunk(
        trunk: pbx,
        targets: [
            TrunkTarget(address: "192.0.2.5", port: 5061, transport: .tls, serverName: "pbx.example.com"),
            TrunkTarget(address: "192.0.2.6", port: 5060, priority: 1),
        ], sources: ["192.0.2.0/28"],
        registration: TrunkRegistration(domain: "pbx.example.com", user: "rufbus", authUser: "rufbus-1"),
        identity: IdentityProfile(
            name: "generic", asserted: .init(.office, .plus, fixed: "+49898409870"), preferred: .init(.office, .bare),
            historyInfo: .national, showsCaller: .inside),
        outsidePrefix: "0", bypassPrefix: "7", sipChannels: 30, outsideChannels: 30, reserve: 2)

    static let office = OfficeNumbers(
        country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X", "72X"], trunkNumber: "+4989840987")

    static let directory: DirectoryQuery.Answer = {
        var office = Example.office
        office.timeZone = "Europe/Berlin"
        return DirectoryQuery.Answer(revision: 3, office: office, users: [user], trunks: [trunk])
    }()

    static let trunkState = TrunkState(
        trunk: pbx, state: .up, target: "tls:192.0.2.5:5061", since: "2026-03-01T11:00:00.000Z",
        sentence: "The trunk takes calls.")
}
