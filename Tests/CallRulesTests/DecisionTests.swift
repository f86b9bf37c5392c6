import BusContract
import CallRules
import TelephonyModel
import Testing

private typealias Rule = IncomingDecision.Rule

/// Each rule alone, and what it does.
private struct Story: CustomTestStringConvertible, Sendable {
    let name: String
    let rules: IncomingRules
    var from: String? = "+4930123456"
    var viaGroup = false
    var at = noon
    let rule: Rule
    let then: IncomingDecision.Then
    var testDescription: String { name }
}

private let stories: [Story] = [
    Story(name: "no rule", rules: IncomingRules(), rule: .ringPlan, then: .ring),
    Story(name: "blocked", rules: .init(blocked: ["+4930123456"]), rule: .blocked, then: .refuse),
    Story(name: "blocked by first digits", rules: .init(blocked: ["+4930*"]), rule: .blocked, then: .refuse),
    Story(name: "another one blocked", rules: .init(blocked: ["+493012345"]), rule: .ringPlan, then: .ring),
    Story(name: "anonymous blocked", rules: .init(blocked: ["anonymous"]), from: nil, rule: .blocked, then: .refuse),
    Story(name: "anonymous is no number", rules: .init(blocked: ["+*"]), from: nil, rule: .ringPlan, then: .ring),
    Story(name: "a number is not anonymous", rules: .init(blocked: ["anonymous"]), rule: .ringPlan, then: .ring),
    Story(
        name: "a colleague by his office number", rules: .init(blocked: ["+498984098724"]), from: "24", rule: .blocked,
        then: .refuse),
    Story(
        name: "a colleague by his extension", rules: .init(vip: ["24"]), from: "+498984098724", rule: .vip,
        then: .ring),
    Story(
        name: "do not disturb", rules: .init(doNotDisturb: true), rule: .doNotDisturb, then: .fallback(.doNotDisturb)),
    Story(
        name: "timetable: plan", rules: .init(timetable: [.init(hours: atNoon, then: .plan(home))]), rule: .timetable,
        then: .plan(home)),
    Story(
        name: "timetable: device", rules: .init(timetable: [.init(hours: atNoon, then: .device(desk))]),
        rule: .timetable, then: .device(desk)),
    Story(
        name: "timetable: divert", rules: .init(timetable: [.init(hours: atNoon, then: .divert(mailbox))]),
        rule: .timetable, then: .divert(mailbox)),
    Story(
        name: "timetable: fallback", rules: .init(timetable: [.init(hours: atNoon, then: .fallback)]),
        rule: .timetable, then: .fallback(.timetable)),
    Story(
        name: "timetable: the first entry that holds",
        rules: .init(timetable: [
            .init(hours: WeekHours(from: 0, to: 60), then: .fallback), .init(hours: always, then: .device(desk)),
            .init(hours: always, then: .plan(home)),
        ]), rule: .timetable, then: .device(desk)),
    Story(
        name: "timetable: at another time", rules: .init(timetable: [.init(hours: atNoon, then: .fallback)]),
        at: LocalTime(.thu, minute: 720), rule: .ringPlan, then: .ring),
    Story(name: "quiet hours", rules: .init(quietHours: [atNoon]), rule: .quietHours, then: .fallback(.quietHours)),
    Story(name: "assistant", rules: .init(assistant: assistant), rule: .assistant, then: .divert(assistant)),
    Story(
        name: "the assistant rings through", rules: .init(assistant: assistant), from: "25", rule: .ringPlan,
        then: .ring),
    Story(
        name: "the assistant's office number rings through", rules: .init(assistant: assistant), from: "+498984098725",
        rule: .ringPlan, then: .ring),
    Story(
        name: "group not wanted", rules: .init(groupCalls: false), viaGroup: true, rule: .group, then: .passOn),
    Story(name: "no group, though not wanted", rules: .init(groupCalls: false), rule: .ringPlan, then: .ring),
    Story(name: "group wanted", rules: .init(groupCalls: true), viaGroup: true, rule: .ringPlan, then: .ring),
    Story(
        name: "a group's caller is blocked", rules: .init(blocked: ["+*"]), viaGroup: true, rule: .blocked,
        then: .passOn),
    Story(
        name: "a group's call does not disturb", rules: .init(doNotDisturb: true), viaGroup: true,
        rule: .doNotDisturb, then: .passOn),
    Story(
        name: "a group's call is not diverted", rules: .init(timetable: [.init(hours: always, then: .divert(mailbox))]),
        viaGroup: true, rule: .timetable, then: .passOn),
    Story(
        name: "the timetable's plan for a group's call",
        rules: .init(timetable: [.init(hours: always, then: .plan(home))]),
        viaGroup: true, rule: .timetable, then: .plan(home)),
    Story(
        name: "a group's call is not the assistant's", rules: .init(assistant: assistant), viaGroup: true,
        rule: .ringPlan, then: .ring),
]

@Suite struct DecisionTests {
    @Test(arguments: stories) fileprivate func decides(_ story: Story) {
        let decision = story.rules.decide(caller: caller(story.from), viaGroup: story.viaGroup, at: story.at)
        #expect(decision == IncomingDecision(story.rule, story.then))
    }

    /// Of any two rules that both match, the one that comes first in PRODUCT §3.9's order decides.
    @Test(arguments: pairs) fileprivate func theFirstOfTwoDecides(_ first: Rule, _ second: Rule) {
        var rules = IncomingRules()
        for rule in [second, first] { rules.set(rule) }
        let viaGroup = first == .group
        #expect(rules.decide(caller: caller("+4930123456"), viaGroup: viaGroup, at: noon).rule == first)
    }

    private static let order: [Rule] = [.group, .blocked, .vip, .doNotDisturb, .timetable, .quietHours, .assistant]
    private static let pairs = order.enumerated().flatMap { place, first in
        (order.dropFirst(place + 1) + [.ringPlan]).map { (first, $0) }
    }

    @Test func anybodyIsNamedByNoRule() {
        let rules = IncomingRules(blocked: ["anonymous", "+*", "0*"], vip: ["23"])
        #expect(rules.decide(caller: .anybody, viaGroup: false, at: noon).rule == .ringPlan)
    }

    @Test func everyRuleIsInTheOrder() { #expect(Self.order + [.ringPlan] == Rule.allCases && Self.pairs.count == 28) }
}

extension IncomingRules {
    /// Makes a rule match a call from Berlin at noon.
    fileprivate mutating func set(_ rule: IncomingDecision.Rule) {
        switch rule {
        case .group: groupCalls = false
        case .blocked: blocked = ["+4930*"]
        case .vip: vip = ["+4930123456"]
        case .doNotDisturb: doNotDisturb = true
        case .timetable: timetable = [TimetableEntry(hours: always, then: .device(desk))]
        case .quietHours: quietHours = [always]
        case .assistant: assistant = Destination(number: "25", reach: .inside)
        case .ringPlan: break  // Matches always.
        }
    }
}

@Suite struct WeekHoursTests {
    @Test(arguments: [
        (WeekHours(days: [.mon], from: 480, to: 1_020), Weekday.mon, 480, true), (atWork, .mon, 1_019, true),
        (atWork, .mon, 1_020, false), (atWork, .mon, 479, false), (atWork, .tue, 600, false),
        (overNight, .sun, 1_320, true), (overNight, .sun, 1_319, false), (overNight, .mon, 0, true),
        (overNight, .mon, 359, true), (overNight, .mon, 360, false), (overNight, .sun, 60, false),
        (WeekHours(days: [.sat], from: 0, to: 1_440), .sat, 1_439, true), (aDayFromNoon, .sun, 719, true),
        (aDayFromNoon, .sun, 720, false), (aDayFromNoon, .sat, 719, false),
    ])
    func contain(_ hours: WeekHours, _ day: Weekday, _ minute: Int, _ expected: Bool) {
        #expect(hours.contain(LocalTime(day, minute: minute)) == expected)
    }

    private static let atWork = WeekHours(days: [.mon], from: 480, to: 1_020)
    private static let overNight = WeekHours(days: [.sun], from: 1_320, to: 360)
    private static let aDayFromNoon = WeekHours(days: [.sat], from: 720, to: 720)
}
