import BusContract
import PresenceCore
import TelephonyModel
import Testing

@testable import rufbus_presence

/// Ring plans, rules and trunks in a directory file. Lines 3 to 8 are the trunk, 17 on what stories change.
private let good = """
    office: {country: DE, areaCode: "89", internalBands: ["2X"], trunkNumber: "+4989840987", timeZone: Europe/Berlin}
    trunks:
      - id: pbx
        targets: [{address: 10.0.0.1, transport: tls, serverName: pbx.example.com}, {address: 10.0.0.2, priority: 1}]
        sources: [10.0.0.0/24, 10.0.1.7]
        registration: {domain: pbx.example.com, user: rufbus, authUser: rufbus-1, expirySeconds: 60}
        lastAnswer: redirect
        {bypassPrefix}
    users:
      - id: anna
        name: Anna Beispiel
        officeNumber: "+498984098723"
        extension: "23"
        passwordHash: "$y$j9T$rufbusdemoanna..$pHmLhbfOmvFQ2rSfFlcSVt6JAto/y0loRzbcjK4snE3"
        devices: [{id: mobile, name: M, kind: mobile, reach: outside, number: "+491711234567", guard: timed}, {office}]
        active: home
        ringPlans:
          - {id: home, name: Home, mode: sequence, steps: [{device: office, ringSeconds: 10}, {device: mobile}]}
          - {id: all, name: A, mode: simultaneous,steps: [{device: office,guard: key},{device: mobile,delaySeconds: 5}]}
        rules:
          blocked: ["+4930123457", anonymous, "+4940*"]
          vip: ["24"]
          doNotDisturb: false
          timetable: [{days: [mon, fri], from: "08:00",to: "17:30",ring: all},{from: "18:00",to: "20:00", ring: mobile}]
          quietHours: [{from: "22:00", to: "06:00"}]
          assistant: {number: "25", reach: inside}
          groupCalls: false
          fallbacks: {busy: {number: "26", reach: inside}, doNotDisturb: {number: "+498912345", reach: outside}}
    """
    .replacing("{bypassPrefix}", with: "bypassPrefix: \"7\"\n    sipChannels: 30\n    outsideChannels: 30")
    .replacing("{office}", with: "{id: office, name: O, kind: office, reach: inside, number: \"23\"}")

@Suite struct PlansAndRulesFileTests {
    @Test func aFileWithAllIsReadWhole() throws {
        let file = try DirectoryYAML.read(good)
        #expect(file.office.timeZone == "Europe/Berlin")
        let trunk = try #require(file.trunks.first), anna = try #require(file.users.first).user
        #expect(
            trunk.targets == [
                TrunkTarget(address: "10.0.0.1", port: 5061, transport: .tls, serverName: "pbx.example.com"),
                TrunkTarget(address: "10.0.0.2", port: 5060, priority: 1),
            ])
        #expect(trunk.sources == ["10.0.0.0/24", "10.0.1.7"] && trunk.lastAnswer == .redirect)
        #expect(trunk.keepAliveSeconds == 30 && trunk.noAnswerSeconds == 60 && !trunk.sessionTimerRequired)
        #expect(
            trunk.registration
                == TrunkRegistration(
                    domain: "pbx.example.com", user: "rufbus", authUser: "rufbus-1", expirySeconds: 60))
        #expect(anna.activePlan?.rawValue == "home" && anna.active.rawValue == "office")
        #expect(anna.plans.map(\.mode) == [.sequence, .simultaneous] && anna.devices[0].answerGuard == .timed)
        #expect(anna.plans[1].steps[0].answerGuard == .key && anna.plans[1].steps[1].delaySeconds == 5)
        #expect(anna.rules == Self.rules)
    }

    private static let rules = IncomingRules(
        blocked: ["+4930123457", "anonymous", "+4940*"], vip: ["24"],
        timetable: [
            TimetableEntry(
                hours: WeekHours(days: [.mon, .fri], from: 480, to: 1_050), then: .plan(PlanID(unchecked: "all"))),
            TimetableEntry(hours: WeekHours(from: 1_080, to: 1_200), then: .device(DeviceID(unchecked: "mobile"))),
        ], quietHours: [WeekHours(from: 1_320, to: 360)], assistant: Destination(number: "25", reach: .inside),
        groupCalls: false,
        fallbacks: [
            ReasonFallback(reason: .doNotDisturb, to: Destination(number: "+498912345", reach: .outside)),
            ReasonFallback(reason: .busy, to: Destination(number: "26", reach: .inside)),
        ])

    @Test func aTimetableDivertsOrKeepsQuiet() throws {
        let text = good.replacing(
            "ring: all}",
            with: "divert: {number: \"26\", reach: inside}}, {from: \"00:00\", to: \"24:00\", ring: false}")
        let entries = try #require(try DirectoryYAML.read(text).users.first).user.rules.timetable
        #expect(entries[0].then == .divert(Destination(number: "26", reach: .inside)))
        #expect(entries[1].then == .fallback && entries[1].hours == WeekHours(from: 0, to: 1_440))
    }

    /// What is changed, and the mistake: its line and words.
    @Test(arguments: [
        ("ring: all}", "ring: none}", 22, "the timetable rings \"none\"; expected one of his ring plans and devices"),
        ("ring: all}", "ring: all, divert: {number: \"26\", reach: inside}}", 26, "expected either ring"),
        ("ring: all}", "}", 26, "expected either ring"),
        ("{from: \"22:00\"", "{from: \"24:00\"", 27, "hours begin before"),
        ("{from: \"22:00\"", "{from: \"22:60\"", 27, "expected a time of day"),
        ("{from: \"22:00\"", "{from: 22", 27, "expected a time of day, such as \"08:30\", quoted"),
        ("days: [mon, fri]", "days: [monday]", 26, "expected days of mon, tue, wed, thu, fri, sat, sun"),
        ("\"+4940*\"]", "\"0171\", \"+49*1\"]", 23, "expected a caller"),
        ("groupCalls: false", "groupCalls: no", 29, "expected true or false"),
        ("{number: \"25\", reach: inside}", "{number: \"23\", reach: inside}", 22, "he is his own assistant"),
        ("{busy:", "{tired:", 30, "unknown key \"tired\""),
        (
            "{number: \"+498912345\", reach: outside}", "{number: \"+498984098723\", reach: outside}", 22,
            "office number of user"
        ),
        ("{number: \"25\", reach: inside}", "{number: \"112\", reach: inside}", 22, "emergency number"),
        (
            "active: home", "active: holiday", 18,
            "expected one of his ring plans and devices (home, all, mobile, office)"
        ),
        ("id: all,", "id: mobile,", 19, "ring plan \"mobile\" has the id of a device"),
        ("id: all,", "id: home,", 19, "ring plan \"home\" stands twice"),
        (
            "{device: office, ringSeconds: 10}", "{device: fax}", 19,
            "ring plan \"home\" has a device \"fax\"; expected one"
        ),
        ("ringSeconds: 10}", "ringSeconds: 40}", 19, "rings for 65 s, but trunk \"pbx\" gives a call up after 60 s"),
        ("ringSeconds: 10}", "ringSeconds: 1}", 20, "expected a whole number from 5 to 120"),
        ("mode: sequence", "mode: single", 19, "has mode: single and several steps"),
        ("mode: sequence", "mode: parallel", 20, "expected one of single, simultaneous, sequence"),
        ("10.0.0.0/24", "10.0.0.1/24", 5, "expected an IPv4 address, or a range"),
        ("10.0.0.0/24", "10.0.0.0/33", 5, "expected an IPv4 address, or a range"),
        ("10.0.0.0/24", "10.0.0", 5, "expected an IPv4 address, or a range"),
        ("expirySeconds: 60", "expirySeconds: 3600", 6, "expected a whole number from 30 to 120"),
        ("domain: pbx.example.com, ", "", 6, "registration: key \"domain\" is missing"),
        ("transport: tls, ", "", 4, "only a target with transport: tls shows a certificate"),
        ("transport: tls, ", "transport: sctp, ", 4, "expected one of udp, tcp, tls"),
        ("lastAnswer: redirect", "address: 10.0.0.1", 7, "expected targets or address and port, found both"),
        (
            "{address: 10.0.0.2, priority: 1}", "{address: 10.0.0.1, port: 5061, transport: tls}", 4,
            "is a target of trunk \"pbx\" already"
        ),
        ("timeZone: Europe/Berlin", "timeZone: Europe/Munich", 1, "there is no time zone \"Europe/Munich\""),
    ])
    func aMistakeIsNamedWithItsLine(_ old: String, _ new: String, _ line: Int, _ words: String) {
        #expect(good.contains(old))
        let error = #expect(throws: DirectoryMistakes.self) { try DirectoryYAML.read(good.replacing(old, with: new)) }
        let found = error?.all ?? []
        #expect(found.contains { $0.sentence.contains(words) && $0.line == line }, "\(found)")
    }
}
