import BusContract
import Foundation
import TelephonyModel
import Testing

@testable import JournalCore

/// What the journal reads, what it keeps unread, and what is no event at all.
@Suite struct LoggedEventTests {
    private func read(_ text: String) throws -> LoggedEvent {
        try JSONDecoder().decode(LoggedEvent.self, from: Data(text.utf8))
    }
    private func envelope(_ type: String, _ data: String, more: String = "") -> String {
        #"{"specversion":"1.0","id":"1","source":"s","type":"\#(type)","time":"2026-03-01T12:00:00.000Z""#
            + #"\#(more),"data":\#(data)}"#
    }

    @Test(arguments: [
        "", "nonsense", "[]", "{}", #"{"specversion":"0.3","id":"1","source":"s","type":"t","time":"x","data":{}}"#,
        #"{"specversion":"1.0","id":"","source":"s","type":"t","time":"x","data":{}}"#,
        #"{"specversion":"1.0","id":"a\u0000b","source":"s","type":"t","time":"x","data":{}}"#,
        #"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"x","call":"Not An Id","data":{}}"#,
    ]) func whatIsNoEnvelopeIsRefused(_ text: String) {
        #expect(throws: (any Error).self) { try read(text) }
    }

    @Test func anIdThatFitsNoIndexIsRefused() {
        let long = String(repeating: "x", count: 300)
        #expect(throws: DecodingError.self) {
            try read(#"{"specversion":"1.0","id":"\#(long)","source":"s","type":"t","time":"x","data":{}}"#)
        }
    }

    @Test func unknownTypesAndPayloadsAreKept() throws {
        let event = try read(envelope("rufbus.weather.changed.v1", "[1, 2]"))
        #expect(event.content == .other && !event.concernsCall && event.position == nil)
        #expect(try read(envelope(LegWhat.ended.type, #"{"leg":"NOT AN ID"}"#)).content == .other)
    }

    @Test func newWordsInAStateAreLeftOut() throws {
        let data = #"""
            {"call":"c","user":"anna","conversation":"c","direction":"incoming","phase":"parked","officeNumber":"+4989",
             "party":{"number":null},"legs":[{"role":"robot"},{"role":"device","device":"mobile","kind":"watch"}],
             "startedAt":"2026-03-01T12:00:00.000Z","since":"x","held":true,"allowedVerbs":["teleport"],
             "reason":"abducted","endedBy":"aliens","news":[1]}
            """#
        let event = try read(
            envelope(
                "rufbus.call.parked.v1", data,
                more: #","seat":"anna","call":"c","conversation":"c","epoch":1,"sequence":4"#))
        guard case .call(let facts) = event.content else { return #expect(Bool(false), "no call: \(event.content)") }
        #expect(facts.phase == .unknown && facts.reason == .unknown && facts.endedBy == nil)
        #expect(facts.device?.rawValue == "mobile" && facts.deviceKind == nil)
        #expect(event.concernsCall)
    }

    @Test(arguments: [LegWhat.message.type, MediaWhat.opened.type, MediaWhat.joined.type, Probe.type])
    func whatIsForLaddersIsNobodysRecord(_ type: String) throws {
        #expect(try read(envelope(type, "{}")).content == .transient)
    }

    @Test(arguments: [
        ("2026-03-01T12:00:00.000Z", "2026-03-01"), ("2026-12-31T23:59:59Z", "2026-12-01"),
        ("yesterday", "1970-01-01"), ("0000-01-01T00:00:00Z", "1970-01-01"),
    ]) func anEventIsOfTheMonthThatItSays(_ time: String, _ month: String) {
        let event = LoggedEvent(source: "s", id: "1", type: "t", time: time, position: nil, content: .other)
        #expect(event.month == month)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-03-01T12:00:00.123Z", 1_772_366_400_123),
            ("2026-03-01T13:00:00.1239+01:00", 1_772_366_400_123), ("2024-02-29T00:00:00.5Z", 1_709_164_800_500),
            ("2000-01-01t00:00:00z", 946_684_800_000), ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)]) func timesAreRead(_ text: String, _ milliseconds: Int64)
    {
        #expect(RFC3339.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026-03-01", "2026-13-01T00:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00Zx", "2026-03-01T12:00:00",
    ])
    func otherTextsAreNoTimes(_ text: String) { #expect(RFC3339.milliseconds(text) == nil) }
}
