import BusContract
import TelephonyModel
import Testing

@testable import CallControl

private let office = OfficeNumbers(
    country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X", "72X"], trunkNumber: "+4989840987")

private func user(_ id: String, _ name: String, _ number: String, _ extension: String, mobile: String) -> DirectoryUser
{
    DirectoryUser(
        user: UserID(unchecked: id), name: name, officeNumber: number, extension: `extension`, language: .de,
        devices: [
            Device(
                id: DeviceID(unchecked: "mobile"), kind: .mobile, reach: .outside, number: mobile, answerGuard: .key,
                name: "Mobile", ringSeconds: 25)
        ], active: DeviceID(unchecked: "mobile"), fallback: nil)
}
private let directory = [
    user("anna", "Anna Beispiel", "+498984098723", "23", mobile: "+491711234567"),
    user("ben", "Ben Muster", "+498984098724", "24", mobile: "+436601234567"),
    user("paris", "Claire Exemple", "+33140123456", "721", mobile: "+33612345678"),
]
private let lookup = UserLookup(directory, office: office)

private func headers(
    _ requestURI: String? = nil, to: String? = nil, diversions: [String] = [], history: [String] = [],
    called: String? = nil, from: InviteHeaders.Caller = .init(user: "+4930111222"),
    asserted: [InviteHeaders.Caller] = [], privacy: [String] = []
) -> InviteHeaders {
    InviteHeaders(
        diversions: diversions, historyInfo: history, calledParty: called, requestURI: requestURI, to: to, from: from,
        asserted: asserted, privacy: privacy)
}

// MARK: Whom a call is for

struct LookupStory: Sendable, CustomTestStringConvertible {
    let testDescription: String, headers: InviteHeaders, user: String?, place: UserLookup.Place?
    init(_ what: String, _ headers: InviteHeaders, _ user: String?, _ place: UserLookup.Place? = nil) {
        (testDescription, self.headers, self.user, self.place) = (what, headers, user, place)
    }
}

@Test(arguments: [
    LookupStory("Request-URI alone", headers("+498984098723"), "anna", .requestURI),
    LookupStory("To, when the Request-URI is a trunk's pilot", headers("pilot", to: "24"), "ben", .to),
    LookupStory(
        "the last diversion before the first", headers("+49898409870", diversions: ["23", "24"]), "anna",
        .lastDiversion),
    LookupStory(
        "the first diversion, when the last is a group", headers("24", diversions: ["+49898409870", "23"]), "anna",
        .firstDiversion),
    LookupStory(
        "diversions before History-Info", headers("23", diversions: ["24"], history: ["23"]), "ben", .lastDiversion),
    LookupStory("the newest history entry", headers(history: ["24", "23"]), "anna", .lastHistory),
    LookupStory(
        "the oldest history entry, when the newest is unknown", headers("24", history: ["23", "900"]), "anna",
        .firstHistory),
    LookupStory("P-Called-Party-ID before the Request-URI", headers("24", called: "23"), "anna", .calledParty),
    LookupStory("a foreign user by his extension", headers("721"), "paris", .requestURI),
    LookupStory("a + in the middle is no number", headers("0+498984098723"), nil),
    LookupStory("behind the trunk's prefix, national", headers("0089840987 23"), "anna", .behindPrefix),
    LookupStory("behind the trunk's prefix, international", headers("000498984098724"), "ben", .behindPrefix),
    LookupStory("behind the prefix, in a diversion", headers("900", diversions: ["023"]), "anna", .behindPrefix),
    LookupStory("nobody", headers("+49898409899", to: "99"), nil),
    LookupStory("the bypass address is no way in", headers("723"), nil),
    LookupStory("a word is no number", headers("anna", to: ""), nil),
    LookupStory("no user part at all", headers(), nil),
    LookupStory("digits without end", headers(String(repeating: "2", count: 5_000)), nil),
    LookupStory("digits of another script", headers("٢٣"), nil),
])
func invitesFindTheirUser(_ story: LookupStory) {
    let found = lookup.user(of: story.headers, prefix: "0")
    #expect(found?.user.user.rawValue == story.user)
    #expect(found?.place == story.place)
}

@Test(arguments: [
    "+498984098723", "00498984098723", "498984098723", "08984098723", "84098723", "23", "+49-89-840987-23",
    "+49 (89) 840987.23", "+498984098723;phone-context=example.com", "23;phone-context=+4989840987",
])
func everyWrittenFormIsTheSameUser(_ form: String) {
    #expect(lookup.user(of: headers(form), prefix: "")?.user.user.rawValue == "anna")
}

@Test func whomACallHasPassedIsNotLookedFor() {
    let toBen = headers("24", diversions: ["+498984098723"])
    #expect(lookup.user(of: toBen, prefix: "0")?.user.user.rawValue == "anna")
    let passed: Set = [UserID(unchecked: "anna")]
    #expect(lookup.user(of: toBen, prefix: "0", besides: passed)?.user.user.rawValue == "ben")
    #expect(lookup.user(of: headers("23"), prefix: "0", besides: passed) == nil)
}

@Test func aCircleIsNeverLongerThanItsUsers() {
    var trail = CallTrail()
    let (anna, ben) = (UserID(unchecked: "anna"), UserID(unchecked: "ben"))
    #expect(!trail.isLoop(to: anna))
    trail.users = [anna]
    #expect(trail.isLoop(to: anna))
    #expect(!trail.isLoop(to: ben), "a colleague, or the fallback")
    trail.diversions = 5
    #expect(!trail.isLoop(to: ben))
    trail.diversions = 6
    #expect(trail.isLoop(to: ben))
    trail = CallTrail()
    trail.comesFromDevice = true
    #expect(trail.isLoop(to: ben), "a phone that rings passes the call on")
}

@Test func theOrderIsTheOperators() {
    let other = UserLookup(directory, office: office, order: [.requestURI, .lastDiversion])
    let both = headers("24", diversions: ["23"])
    #expect(other.user(of: both, prefix: "0")?.user.user.rawValue == "ben")
    #expect(lookup.user(of: both, prefix: "0")?.user.user.rawValue == "anna")
    #expect(other.user(of: headers(nil, to: "23"), prefix: "0") == nil, "a place that is not in the order is not read")
}

@Test func anExtensionWinsOverAnothersLocalForm() {
    // 84098723 is Anna's number as the town dials it, and the extension of somebody else.
    let other = user("long", "L", "+4989555", "84098723", mobile: "+491")
    let both = UserLookup([directory[0], other], office: office)
    #expect(both.user(of: headers("84098723"), prefix: "")?.user.user.rawValue == "long")
}

@Test(
    arguments: zip(
        ["+4989840987", "+12125550100", "+7495123", "+35312345", "+390612345", "+85212345"],
        ["49", "1", "7", "353", "39", "852"]
    ))
func countryCodesAreThoseOfE164(_ number: String, _ code: String) {
    var other = office
    other.trunkNumber = number
    #expect(other.countryCode == code)
}

// MARK: Who calls

struct CallerStory: Sendable, CustomTestStringConvertible {
    let testDescription: String, headers: InviteHeaders, number: String?, name: String?, reach: Reach
    init(
        _ what: String, _ from: InviteHeaders.Caller, asserted: [InviteHeaders.Caller] = [], privacy: [String] = [],
        _ number: String?, name: String? = nil, _ reach: Reach = .outside
    ) {
        testDescription = what
        headers = CallControlTests.headers(from: from, asserted: asserted, privacy: privacy)
        (self.number, self.name, self.reach) = (number, name, reach)
    }
}

private func headers(from: InviteHeaders.Caller, asserted: [InviteHeaders.Caller], privacy: [String]) -> InviteHeaders {
    headers("23", from: from, asserted: asserted, privacy: privacy)
}

@Test(arguments: [
    CallerStory("E.164", .init(user: "+4930111222", display: "Kunde"), "+4930111222", name: "Kunde"),
    CallerStory("international", .init(user: "004930111222"), "+4930111222"),
    CallerStory("E.164 without +", .init(user: "4930111222333"), "+4930111222333"),
    CallerStory("national", .init(user: "030111222"), "+4930111222"),
    CallerStory("of the same town", .init(user: "555123"), "+4989555123"),
    CallerStory("behind the outside prefix", .init(user: "0004930111222"), "+4930111222"),
    CallerStory("a phone of the PBX", .init(user: "25", display: "Empfang"), "25", name: "Empfang", .inside),
    CallerStory("a second band", .init(user: "729"), "729", .inside),
    CallerStory("+25 is no extension", .init(user: "+2523"), "+2523"),
    CallerStory("a colleague inside has his name", .init(user: "24"), "24", name: "Ben Muster", .inside),
    CallerStory(
        "what the trunk asserts counts", .init(user: "+49301"), asserted: [.init(user: "+4930111222")], "+4930111222"),
    CallerStory(
        "a name of From with an asserted number", .init(user: "x", display: "Kunde"),
        asserted: [.init(user: "+4930111222")], "+4930111222", name: "Kunde"),
    CallerStory(
        "an assertion without number is passed over", .init(user: "030111222"), asserted: [.init(user: "gw")],
        "+4930111222"),
    CallerStory(
        "a user's own phone shows the user", .init(user: "+491711234567", display: "Handy"), "+498984098723",
        name: "Anna Beispiel"),
    CallerStory("privacy", .init(user: "+4930111222", display: "Kunde"), privacy: ["id", "critical"], nil),
    CallerStory("no privacy", .init(user: "+4930111222"), privacy: ["none"], "+4930111222"),
    CallerStory(
        "anonymous, though the trunk knows", .init(user: "anonymous", host: "anonymous.invalid", display: "Anonymous"),
        asserted: [.init(user: "+4930111222")], nil),
    CallerStory("a name for a number", .init(user: "zentrale"), nil, name: "zentrale"),
    CallerStory("nothing", .init(user: nil), nil),
    CallerStory(
        "a name with control characters", .init(user: "25", display: " A\r\n\u{7}B"), "25", name: "AB", .inside),
    CallerStory("a service of the carrier", .init(user: "115"), "115"),
])
func callersAreShown(_ story: CallerStory) {
    let caller = lookup.caller(of: story.headers, prefix: "0")
    #expect(caller == Caller(view: PartyView(number: story.number, name: story.name), reach: story.reach))
}

@Test(arguments: [
    ("+491711234567", "+498984098723", "Anna Beispiel"), ("24", "+498984098724", "Ben Muster"),
    ("+498984098724", "+498984098724", "Ben Muster"), ("+4940111222", "+4940111222", nil), ("25", "25", nil),
])
func targetsAreShown(_ target: String, _ number: String, _ name: String?) {
    #expect(lookup.party(target) == PartyView(number: number, name: name))
}

@Test func aDevicesNumberIsDialledAndNotShown() throws {
    var seat = Seat(user: house.user)
    let wish = Originate(call: house.call, user: house.user, target: "+491700000001", targetReach: .outside)
    let shown = PartyView(number: "+498984098724", name: "Ben Muster")
    var effects = seat.handle(.originate(wish, house.office, shown, QuestionID(1)), at: Instant(milliseconds: 0))
    for event in [
        .linesGranted(legs: [device, party]), house.ports([.device, .party]), .answered(device, house.audio(41000)),
        .checkpointConfirmed(revision: 1),
    ] as [Seat.Event] {
        effects += seat.handle(event, at: Instant(milliseconds: 1))
    }
    let dialled = effects.compactMap { effect -> String? in
        if case .invite(party, let invitation) = effect { invitation.number } else { nil }
    }
    #expect(dialled == ["000491700000001"])
    let pictures = effects.compactMap { effect -> CallPicture? in
        if case .publish(_, let picture, _) = effect { picture } else { nil }
    }
    #expect(!pictures.isEmpty && pictures.allSatisfy { $0.party == shown })
}

@Test func aCallersNameIsBounded() {
    let long = String(repeating: "n", count: 10_000)
    #expect(lookup.caller(of: headers(from: .init(user: "25", display: long)), prefix: "").view.name?.count == 64)
}

// MARK: Where a 3xx points

struct RedirectionStory: Sendable, CustomTestStringConvertible {
    let testDescription: String, user: String?, destination: Destination?
    init(_ testDescription: String, _ user: String?, _ number: String?, _ reach: Reach = .outside) {
        (self.testDescription, self.user) = (testDescription, user)
        destination = number.map { Destination(number: $0, reach: reach) }
    }
}
private let redirections = [
    RedirectionStory("an extension", "29", "29", .inside),
    RedirectionStory("a user's office number: reached inside", "+49-89-84098724", "24", .inside),
    RedirectionStory("the same behind the outside line", "000498984098724", "24", .inside),
    RedirectionStory("a user's mobile", "01711234567", "+491711234567"),
    RedirectionStory("an outside number, international", "+33 1 40 00 00 00", "+33140000000"),
    RedirectionStory("and behind the outside line", "00033140000000", "+33140000000"),
    RedirectionStory("parameters do not count", "+498955;phone-context=x", "+498955"),
    RedirectionStory("an emergency number", "112", nil),
    RedirectionStory("the same behind the outside line", "0112", nil),
    RedirectionStory("and with its country", "+49112", nil),
    RedirectionStory("a name", "alice", nil), RedirectionStory("nobody", nil, nil),
    RedirectionStory("nothing", "", nil),
    RedirectionStory("too long for a number", String(repeating: "9", count: 30), nil),
    RedirectionStory("no country has so many digits", "999999999999999999", nil),
]

@Test(arguments: redirections) func aRedirectionIsReadAsThisOfficeDials(_ story: RedirectionStory) {
    #expect(lookup.destination(story.user, prefix: "0") == story.destination)
}
