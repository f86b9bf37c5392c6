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
            {"call":"c","user":"anna","conversation":"c","direction":"sideways","phase":"parked","officeNumber":"+4989",
             "party":{"number":null},"legs":[{"role":"robot"},{"role":"device","device":"mobile","kind":"watch"}],
             "startedAt":"2026-03-01T12:00:00.000Z","since":"x","held":true,"allowedVerbs":["teleport"],
             "reason":"abducted","endedBy":"aliens","news":[1]}
            """#
        let event = try read(
            envelope(
                "rufbus.call.parked.v1", data,
                more: #","seat":"anna","call":"c","conversation":"c","epoch":1,"sequence":4"#))
        guard case .call(let facts) = event.content else { return #expect(Bool(false), "no call: \(event.content)") }
        #expect(facts.direction == .unknown && facts.phase == .unknown)
        #expect(facts.reason == .unknown && facts.endedBy == .unknown)
        #expect(facts.device?.rawValue == "mobile" && facts.deviceKind == nil)
        #expect(event.concernsCall)
    }

    @Test(arguments: [LegWhat.message.type, MediaWhat.opened.type, MediaWhat.joined.type, Probe.type])
    func whatIsForLaddersIsNobodysRecord(_ type: String) throws {
        #expect(try read(envelope(type, "{}")).content == .transient)
    }

    /// Whatever else an event says, the same id is looked for in the same month.
    @Test(arguments: [
        ("019a3b52-6c00-7000-8000-000000000001", "2025-10-31"), ("019c9c1f-0fff-7000-8000-000000000001", "2026-02-26"),
        ("018cc251-f400-7abc-8000-000000000001", "2024-01-01"), ("018cc251-f3ff-7abc-8000-000000000001", "2023-12-31"),
        ("018df6ff-4fff-7abc-8000-000000000001", "2024-02-29"),
        ("018df6ff-4fff-7abc-8000-000000000001/12", "2024-02-29"),
    ]) func anEventIsKeptUnderTheMonthOfItsID(_ id: String, _ day: String) {
        #expect(Month(ofID: id).description == day.prefix(7) + "-01")
    }

    @Test(arguments: [
        "", "1", "019a3b52-6c00-4000-8000-000000000001", "019A3B52-6C00-7000-8000-000000000001",
        "019a3b52-6c00-7000-8000-00000000000é", "019a3b52x6c00-7000-8000-000000000001",
        "019a3b52-6c00-7000-8000-0000000000011", "019a3b52-6c00-7000-8000-00000000000/1",
        "00000000-0000-7000-8000-000000000001", "ffffffff-ffff-7000-8000-000000000001",
    ]) func anIDThatTellsNoTimeHasAPlaceOfItsOwn(_ id: String) { #expect(Month(ofID: id) == .none) }

    @Test func aPlaceThatCannotBeCountedWithDoesNotCount() throws {
        for number in [-1, Int.max, Int.min, 1 << 40] {
            for place in [(1, number), (number, 1)] {
                let position = Story.position(place.1, epoch: place.0)
                let event = try Story.event(CallWhat.ended.type, position, Story.state(.ended, ended: 1))
                #expect(!event.concernsCall && Story.fold([event]) == CallFold(position))
            }
        }
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
