import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension TwoJournalsTests {
    /// What does not come, comes late, or comes from an owner who had lost the call.
    @Suite struct Gaps {
        let journals = JournalStage.journals

        private func told(_ call: TestCall) -> [JournalEntry] { journals.told.all.filter { $0.call == call.call } }

        @Test(arguments: [0, 3, 7]) func aMissingEventClosesTheEntryAndALateOneMendsIt(_ missing: Int) async throws {
            let call = try JournalCall(of: "anna")
            var messages = call.messages
            let late = messages.remove(at: missing)
            try journals.house.send(messages)
            if missing == 7 {  // Without its end the call still runs, as far as anybody knows.
                #expect(try await eventually { try await journals.events(of: [call]) == messages.count })
                try await Task.sleep(for: .seconds(2 * TwoJournals.gapSeconds))
                #expect(try await journals.finals(of: [call]) == 0)
            } else {
                try await eventually(.seconds(20)) { told(call.call).last?.incomplete == true }
                #expect(told(call.call).map(\.final) == [true] && told(call.call).first?.talkMs == 60_250)
            }
            try journals.house.send([late])
            try await eventually { told(call.call).last?.final == true && told(call.call).last?.incomplete == nil }
            #expect(told(call.call).last?.reason == .completed && told(call.call).last?.legs.count == 2)
            let shown = try await journals.rufbus("journal verify")
            #expect(shown.exit == .status(0), "\(shown.text)")
        }

        /// The old owner's late events are kept and marked; the entry is the new owner's.
        @Test(arguments: 0..<3) func anOldOwnersEventsAreKeptAndMarked(_ seed: Int) async throws {
            let call = TestCall(of: "anna")
            let talking = call.state(.talking), ended = call.state(.ended)
            var failed = ended
            failed.reason = .serviceFailed
            var messages = [
                try JournalCall.Message(call.position(1), CallWhat.started.type, call.state(.started)),
                try JournalCall.Message(call.position(2), CallWhat.answered.type, talking),
                try JournalCall.Message(call.position(3), CallWhat.ended.type, failed),
                try JournalCall.Message(call.position(3, epoch: 2), "rufbus.call.adopted.v1", talking),
                try JournalCall.Message(call.position(4, epoch: 2), CallWhat.ended.type, ended),
            ]
            if seed > 0 { messages.shuffle() }
            for message in messages { try journals.house.send([message]) }
            try await eventually { told(call).last?.reason == .completed }
            // The old owner's last word may come when the entry is final without it.
            let mine = "events WHERE call = '\(call.call)' AND type LIKE '%call%'"
            try await eventually { try await journals.count(mine) == 5 }
            let kept = try await journals.sql(
                "SELECT string_agg(epoch || '.' || sequence || CASE WHEN superseded THEN ' old' ELSE '' END, ', ' "
                    + "ORDER BY epoch, sequence) FROM events WHERE call = '\(call.call)' AND type LIKE '%call%'")
            #expect(kept == "1.1, 1.2, 1.3 old, 2.3, 2.4")
            let shown = try await journals.rufbus("journal verify")
            #expect(shown.exit == .status(0), "\(shown.text)")
        }

        /// Nothing is dead because it is new: a type, a word, a month, a place.
        @Test func whatIsNewOrStrangeIsKept() async throws {
            let call = TestCall(of: "anna")
            let events = try count(call)
            try journals.house.send(events + events)
            #expect(
                try await eventually {
                    try await journals.count("events WHERE call = '\(call.call)' AND NOT type LIKE '%journal%'")
                        == events.count
                })
            for event in events {
                let body = try await journals.sql("SELECT encode(body, 'hex') FROM events WHERE id = '\(event.id)'")
                #expect(body == event.body.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
            }
            #expect(try await journals.count("events_other WHERE call = '\(call.call)'") == 2)
            try await eventually { told(call).last?.final == true }
            let entry = try #require(told(call).last)
            #expect(entry.direction == .unknown && entry.reason == .unknown && entry.endedBy == .unknown)
            #expect(!journals.dead.all.contains { message in events.contains { $0.key == message.key } })
        }

        private func count(_ call: TestCall) throws -> [JournalCall.Message] {
            let text = String(decoding: try JSONEncoder().encode(call.state(.ended)), as: UTF8.self)
            let words = [
                ("incoming", "sideways"), ("completed", "beamed"), (":\"party\"", ":\"robot\""), ("ended", "ended"),
            ]
            let strange = words.reduce(text) { $0.replacing($1.0, with: $1.1) }
            let state = try JSONDecoder().decode(JSONValue.self, from: Data(strange.utf8))
            let future = uuid7(milliseconds: 4_000_000_000_000, random: (1, UInt64.random(in: 0 ... .max)))
            return [
                try .init(call.position(1), "rufbus.call.beamed.v7", ["phase": 7]),
                try .init(call.position(2), CallWhat.ended.type, state),
                try .init(call.position(.max), CallWhat.ended.type, state),
                try .init(call.position(3), "rufbus.weather.v1", ["sky": "blue"], id: "no-uuid-\(call.call)"),
                try .init(call.position(4), "rufbus.weather.v1", ["sky": "blue"], id: future),
            ]
        }
    }
}
