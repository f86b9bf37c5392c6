import BusContract
import HTTPTypes
import TelephonyModel
import Testing

@testable import CTIGateway

typealias Mistake = (method: HTTPRequest.Method, path: String, body: String, status: Int, code: String, word: String)

/// What a client may send wrong, and the word that the answer must hold.
private let mistakes: [Mistake] = [
    (.post, "/v1/calls", "", 400, "no-json-object", "\"to\""),
    (.post, "/v1/calls", "[1]", 400, "no-json-object", "JSON object"),
    (.post, "/v1/calls", "{", 400, "no-json-object", "JSON object"),
    (.post, "/v1/calls", "{\"device\": \"mobile\"}", 400, "missing-field", "\"to\""),
    (.post, "/v1/calls", "{\"to\": 5}", 400, "wrong-type", "\"to\""),
    (.post, "/v1/calls", "{\"to\": \"089\", \"form\": 1}", 400, "unknown-field", "\"form\""),
    (.post, "/v1/calls", "{\"to\": \"089\", \"device\": \"My Phone\"}", 400, "bad-id", "My Phone"),
    (.post, "/v1/calls", "{\"to\": \"112\"}", 403, "emergency-number", "phone itself"),
    (.put, "/v1/me/devices/active", "{\"name\": \"x\"}", 400, "unknown-field", "\"name\""),
    (.put, "/v1/me/devices/active", "{}", 400, "missing-field", "\"device\""),
    (.put, "/v1/me/devices/active", "{\"device\": \"a\", \"plan\": \"b\"}", 400, "device-or-plan", "either"),
    (.put, "/v1/me/devices/active", "{\"plan\": \"At Home\"}", 400, "bad-id", "At Home"),
    (.get, "/v1/me/incoming?at=noon", "", 400, "bad-time", "RFC 3339"),
    (.get, "/v1/me/incoming?group=1", "", 400, "bad-flag", "true or false"),
    (.get, "/v1/journal?limit=0", "", 400, "bad-limit", "1 to 200"),
    (.get, "/v1/journal?limit=many", "", 400, "bad-limit", "1 to 200"),
    (.get, "/v1/calls/nobody", "", 404, "no-such-call", "journal"),
    (.get, "/v1/calls/A%20B", "", 400, "bad-id", "[a-z0-9-]"),
    (.get, "/v1/nothing", "", 404, "no-such-path", "openapi"),
    (.get, "/v1/presence/bob", "", 503, "timeout", "answered"),
]

@Test(arguments: mistakes)
func aMistakeIsNamed(_ row: Mistake)
    async throws
{
    let seen = try await GatewayStage().ask(row.method, row.path, row.body)
    #expect(seen.status == row.status)
    #expect(seen.code == row.code)
    #expect(seen.detail?.contains(row.word) == true)
    #expect(seen.headers[.contentType] == "application/problem+json")
}

@Test func aBodyOver16KiBIs413() async throws {
    let body = "{\"to\": \"" + String(repeating: "1", count: 17_000) + "\"}"
    let seen = try await GatewayStage().ask(.post, "/v1/calls", body)
    #expect(seen.status == 413 && seen.code == "too-large")
}

@Test func aContextOver1KiBIsRefused() async throws {
    let body = "{\"to\": \"089\", \"context\": \"" + String(repeating: "x", count: 1_100) + "\"}"
    let seen = try await GatewayStage().ask(.post, "/v1/calls", body)
    #expect(seen.status == 422 && seen.code == "context-too-large")
}

@Test(arguments: [nil, "wrong"] as [String?]) func withoutARightTokenNothingIsShown(_ token: String?) async throws {
    let seen = try await GatewayStage().ask(.get, "/v1/calls", token: token)
    #expect(seen.status == 401)
    #expect(seen.headers[.wwwAuthenticate] == "Bearer")
}

@Test func aLoginGivesTheToken() async throws {
    let answer = PresenceQuery.Answer.loggedIn(token: "t1", expiresAt: "2026-03-02T00:00:00.000Z", user: anna)
    let stage = GatewayStage([PresenceQuery.type: [answer]])
    let seen = try await stage.ask(.post, "/v1/login", "{\"user\": \"anna\", \"password\": \"x\"}", token: nil)
    #expect(seen.status == 200)
    #expect(seen.body == #"{"expiresAt":"2026-03-02T00:00:00.000Z","token":"t1","user":"anna"}"#)
}

@Test func aTakenCallIs202WithItsPlaceAndState() async throws {
    let answer = Originate.Answer(state: state("new-call", .started), position: position("new-call", 1))
    let stage = GatewayStage([Originate.type: [answer]])
    let seen = try await stage.ask(.post, "/v1/calls", "{\"to\": \"+498912345678\", \"context\": {\"ticket\": 7}}")
    #expect(seen.status == 202)
    #expect(seen.headers[.location] == "/v1/calls/new-call")
    let shown = try await stage.ask(.get, "/v1/calls/new-call")
    #expect(shown.body == seen.body)
}

@Test func aCallThatNobodyAnsweredIsAskedForOnceMore() async throws {
    let answer = Originate.Answer(state: state("new-call", .started), position: position("new-call", 1))
    let late = Refusal(503, "timeout", "Nobody answered.")
    let stage = GatewayStage([Originate.type: [late, answer]])
    #expect(try await stage.ask(.post, "/v1/calls", "{\"to\": \"089\"}").status == 202)
    #expect(stage.house.asked.withLock { $0.count } == 2)
}

@Test func aRefusalComesThroughWithItsSentence() async throws {
    let full = Refusal(503, "no-line", "All 28 outside lines are busy.")
    let seen = try await GatewayStage([Originate.type: [full]]).ask(.post, "/v1/calls", "{\"to\": \"089\"}")
    #expect(seen.status == 503 && seen.code == "no-line" && seen.detail == full.sentence)
}

@Test func hangingUpAsksTheOwnerAlone() async throws {
    let stage = GatewayStage([ClearConnection.type: [Done()]])
    let owner = InstanceID(unchecked: "a1")
    stage.board.offer(state("c1"), at: position("c1", 1), owner: owner)
    #expect(try await stage.ask(.delete, "/v1/calls/c1").status == 204)
    #expect(stage.house.asked.withLock { $0.map(\.instance) } == [owner])
}

@Test(arguments: [
    ("decline", "", DeclineCall.type), ("deflect", #"{"device": "mobile"}"#, DeflectCall.type),
    ("deflect", #"{"to": "+498912345678"}"#, DeflectCall.type),
])
func anIncomingCallsVerbsGoToItsOwner(_ verb: String, _ body: String, _ asked: String) async throws {
    let stage = GatewayStage([DeclineCall.type: [Done()], DeflectCall.type: [Done()]])
    stage.board.offer(state("c1"), at: position("c1", 1), owner: InstanceID(unchecked: "a1"))
    #expect(try await stage.ask(.post, "/v1/calls/c1/\(verb)", body).status == 204)
    #expect(stage.house.asked.withLock { $0.map(\.type) } == [asked])
    #expect(stage.house.asked.withLock { $0.map(\.instance) } == [InstanceID(unchecked: "a1")])
}

/// What a deflection may not say, and the refusal's code.
@Test(arguments: [
    ("{}", 400, "one-destination"), (#"{"device": "mobile", "to": "089"}"#, 400, "one-destination"),
    (#"{"to": "112"}"#, 403, "emergency-number"), (#"{"device": "My Phone"}"#, 400, "bad-id"),
    (#"{"number": "089"}"#, 400, "unknown-field"),
])
func aDeflectionNamesOneDestination(_ body: String, _ status: Int, _ code: String) async throws {
    let stage = GatewayStage([DeflectCall.type: [Done()]])
    stage.board.offer(state("c1"), at: position("c1", 1), owner: InstanceID(unchecked: "a1"))
    let seen = try await stage.ask(.post, "/v1/calls/c1/deflect", body)
    #expect(seen.status == status && seen.code == code)
    #expect(stage.house.asked.withLock { $0.isEmpty })
}

@Test func somebodyElsesCallIsNotTouched() async throws {
    let bob = UserID(unchecked: "bob")
    let stage = GatewayStage()
    stage.board.offer(state("c1", of: bob), at: position("c1", 1, of: bob), owner: InstanceID(unchecked: "a1"))
    #expect(try await stage.ask(.delete, "/v1/calls/c1").status == 403)
    #expect(try await stage.ask(.get, "/v1/calls/c1").status == 403)
    #expect(try await stage.ask(.get, "/v1/calls").body == #"{"calls":[]}"#)
}

@Test func aFinishedCallIsNotListedButStillShown() async throws {
    let stage = GatewayStage()
    stage.board.offer(state("c1"), at: position("c1", 1))
    stage.board.offer(state("c1", .ended), at: position("c1", 2))
    #expect(try await stage.ask(.get, "/v1/calls").body == #"{"calls":[]}"#)
    #expect(try await stage.ask(.get, "/v1/calls/c1").body.contains(#""phase":"ended""#))
    #expect(try await stage.ask(.delete, "/v1/calls/c1").status == 204)
}

@Test func hangingUpWhatNobodyHasIs404AndTheCallIsGone() async throws {
    let none = Refusal(404, "no-such-call", "You have no such call: it may be over.")
    let stage = GatewayStage([ClearConnection.type: [none]])
    stage.board.offer(state("c1", .talking), at: position("c1", 5), owner: InstanceID(unchecked: "a1"))
    let seen = try await stage.ask(.delete, "/v1/calls/c1")
    #expect(seen.status == 404 && seen.code == "no-such-call")
    #expect(try await stage.ask(.get, "/v1/calls").body == #"{"calls":[]}"#)
    #expect(try await stage.ask(.get, "/v1/calls/c1").status == 404)
}

@Test func anEleventhStreamIsRefused() async throws {
    let stage = GatewayStage()
    let open = try (0..<10).map { _ in try stage.board.subscribe(anna) }
    let seen = try await stage.ask(.get, "/v1/events")
    #expect(seen.status == 429 && seen.code == "too-many-streams" && open.count == 10)
}
