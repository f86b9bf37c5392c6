import BusContract
import CallRules
import TelephonyModel
import Testing

@Suite struct OutlookTests {
    private func outlook(
        _ rules: IncomingRules = IncomingRules(), from number: String? = "+4930123456", viaGroup: Bool = false,
        plan: PlanID? = nil, fallback: Destination? = mailbox
    ) -> IncomingOutlook {
        var user = anna(rules, fallback: fallback)
        user.activePlan = plan
        return IncomingOutlook(of: user, caller: caller(number), viaGroup: viaGroup, at: noon)
    }

    @Test func theActiveDeviceAlone() {
        let seen = outlook()
        #expect(seen.sentence == "A call would ring Mobile (second 0 to 25), then go to +498912345.")
        #expect(seen.phones.map(\.device) == [mobile] && seen.phones[0].answerGuard == .key)
        #expect(seen.fallback == mailbox && seen.divertedTo == nil && seen.rule == .ringPlan)
    }

    @Test func thePlanInItsTimes() {
        let seen = outlook(plan: home)
        #expect(
            seen.sentence == "A call would ring Desk (second 0 to 10), Mobile (second 12 to 37), then go to +498912345."
        )
        #expect(seen.phones.map(\.answerGuard) == [.key, .none])
    }

    @Test func nobodyIsLeft() {
        #expect(
            outlook(fallback: nil).sentence
                == "A call would ring Mobile (second 0 to 25), then be given back to the telephone system.")
    }

    @Test(arguments: [
        (IncomingRules(blocked: ["+*"]), "A call would be refused: you have blocked this caller."),
        (
            IncomingRules(
                doNotDisturb: true, fallbacks: [ReasonFallback(reason: .doNotDisturb, to: assistant)]),
            "A call would go to 25: you do not want to be disturbed."
        ),
        (
            IncomingRules(quietHours: [always]), "A call would go to +498912345: these are your quiet hours."
        ),
        (
            IncomingRules(assistant: assistant),
            "A call would ring 25, then go to +498912345: your assistant takes calls first."
        ),
        (
            IncomingRules(timetable: [TimetableEntry(hours: always, then: .device(desk))]),
            "A call would ring Desk (second 0 to 30), then go to +498912345: your timetable says so."
        ),
        (
            IncomingRules(vip: ["+4930*"], doNotDisturb: true),
            "A call would ring Mobile (second 0 to 25), then go to +498912345: this caller always gets through."
        ),
    ])
    func saysWhy(_ rules: IncomingRules, _ sentence: String) { #expect(outlook(rules).sentence == sentence) }

    @Test func aGroupsCallGoesOn() {
        let seen = outlook(IncomingRules(groupCalls: false), viaGroup: true)
        #expect(seen.sentence == "A call would be left to the rest of the group: you take no calls of groups.")
        #expect(seen.fallback == nil && seen.phones.isEmpty)
    }

    /// How long a plan rings when nobody takes the call.
    @Test(arguments: [(RingPlan.Mode.single, 10), (.simultaneous, 27), (.sequence, 37)])
    func aPlansSum(_ mode: RingPlan.Mode, _ seconds: Int) {
        let user = anna()
        var plan = user.plans[0]
        plan.mode = mode
        #expect(plan.seconds(of: user.devices) == seconds)
        #expect(plan.seconds(of: []) == 0)
    }
}
