import BusContract
import ChaosHarness
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension TwoJournalsTests {
    /// What an administrator does: `rufbus dead …`, `rufbus journal verify`.
    @Suite struct Tools {
        let journals = JournalStage.journals

        // MARK: Dead letters

        private struct Letter: Decodable {
            let number: Int, exchange: String, key: String, why: String, retriedAt: String?, body: String?
        }

        private func letters() async throws -> [Letter] {
            let answer = try await journals.rufbus("dead list --json")
            #expect(answer.exit == .status(0), "\(answer.text)")
            return try JSONDecoder().decode([Letter].self, from: Data(answer.text.utf8))
        }

        private func letter(with text: String) async throws -> Letter {
            let body = "position('\(text)'::bytea IN body) > 0"
            #expect(try await eventually { try await journals.count("dead WHERE \(body)") == 1 })
            let number = try await journals.sql("SELECT number FROM dead WHERE \(body)")
            return try #require(try await letters().first { "\($0.number)" == number })
        }

        @Test func garbageIsListedShownAndPutBack() async throws {
            let words = "garbage \(uuid7())"
            let message = JournalCall.Message(raw: Array(words.utf8))
            try journals.house.send([message])
            let letter = try await letter(with: words)
            #expect(letter.exchange == Topology.events && letter.key == message.key && letter.why.contains("not JSON"))
            let shown = try await journals.rufbus("dead show \(letter.number)")
            #expect(shown.exit == .status(0) && shown.text.contains(words) && shown.text.contains(message.key))
            let back = try await journals.rufbus("dead retry \(letter.number)", busUser: Topology.retrier)
            #expect(back.exit == .status(0) && back.text.contains("is back on rufbus.events"), "\(back.text)")
            // It is no better the second time.
            #expect(
                try await eventually {
                    try await letters().filter { $0.key == message.key && $0.number > letter.number }.count == 1
                })
            #expect(try await letters().first { $0.number == letter.number }?.retriedAt != nil)
        }

        @Test func whatAnOlderVersionCouldNotReadIsAnEntryAfterItWasPutBack() async throws {
            let call = try JournalCall(of: "anna")
            let dead = call.messages[4]
            try journals.house.send(call.messages.filter { $0.id != dead.id })
            let hex = dead.body.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            try await journals.sql(
                "INSERT INTO dead (id, source, time, exchange, key, why, body) VALUES ('\(dead.id)', "
                    + "'rufbus/journal/a0', 'x', 'rufbus.events', '\(dead.key)', 'too new', '\\x\(hex)')")
            let letter = try await letter(with: dead.id)
            let back = try await journals.rufbus("dead retry \(letter.number)", busUser: Topology.retrier)
            #expect(back.exit == .status(0), "\(back.text)")
            try await eventually { journals.told.all.contains { $0.call == call.call.call && $0.incomplete == nil } }
            #expect(try await journals.events(of: [call]) == call.messages.count)
        }

        @Test(arguments: ["journal", "signaling", "tap"]) func noServiceMayPutBack(_ user: String) async throws {
            let words = "garbage \(uuid7())"
            try journals.house.send([JournalCall.Message(raw: Array(words.utf8))])
            let letter = try await letter(with: words)
            let key = user == "signaling" ? "media.1.ended.anna.c1" : letter.key
            try await journals.sql("UPDATE dead SET key = '\(key)' WHERE number = \(letter.number)")
            let back = try await journals.rufbus("dead retry \(letter.number)", busUser: user)
            #expect(back.exit == .status(1) && back.text.contains("broker user \"retry\""), "\(back.text)")
            #expect(try await letters().first { $0.number == letter.number }?.retriedAt == nil)
        }

        @Test(arguments: [(Topology.requests, "shared.signaling.originate"), (Topology.dead, "dead.cti.a1")])
        func theOneWhoPutsBackMayDoNothingElse(_ exchange: String, _ key: String) throws {
            let url = journals.house.broker.url(for: Topology.retrier)
            let settings = BusSettings(url: url, service: "journal", instance: InstanceID(unchecked: "a1"))
            #expect {
                try Republisher.publish([1], type: "x", id: "x", exchange: exchange, key: key, settings: settings)
            } throws: { ($0 as? BusError)?.kind == .forbidden }
            let link = try Link(BrokerURL(url), name: "test")
            defer { link.close() }
            #expect { try link.consume(Topology.eventQueue(1), prefetch: nil) } throws: {
                ($0 as? BusError)?.kind == .forbidden
            }
        }

        @Test func aRequestIsKeptWithoutItsBytesAndNotPutBack() async throws {
            let admin = try Link(BrokerURL(journals.house.broker.url(for: "admin")), name: "test")
            let secret = "S3CRET-\(uuid7())"
            try admin.sendRaw(
                #"{"specversion":"1.0","data":{"password":"\#(secret)"}}"#, to: Topology.requests,
                key: "shared.journal.query")
            #expect(try await eventually { try await letters().contains { $0.exchange == Topology.requests } })
            let letter = try #require(try await letters().first { $0.exchange == Topology.requests })
            let shown = try await journals.rufbus("dead show \(letter.number)")
            #expect(!shown.text.contains(secret) && shown.text.contains("were not kept"))
            let back = try await journals.rufbus("dead retry \(letter.number)", busUser: Topology.retrier)
            #expect(back.exit == .status(1) && back.text.contains("only events are put back"), "\(back.text)")
            let none = try await journals.rufbus("dead show 999999")
            #expect(none.exit == .status(1) && none.text.contains("there is no dead letter 999999"))
        }

        // MARK: verify

        private struct Check: Decodable {
            struct Difference: Decodable { let call: String, field: String, stored: String?, recounted: String? }
            let calls: Int, events: Int, differing: Int, differences: [Difference]
        }

        /// Damages one call's rows, says what `verify` finds, and mends them.
        @Test(arguments: [
            ("UPDATE entries SET fold = replace(convert_from(fold, 'UTF8'), '12:01:05', '12:09:05')::bytea", "talkMs"),
            ("UPDATE entries SET fold = replace(convert_from(fold, 'UTF8'), 'completed', 'missed')::bytea", "reason"),
            ("UPDATE entries SET ended = false", "column ended"), ("DELETE FROM entries", "entry"),
            ("DELETE FROM events", "entry"), ("UPDATE events SET superseded = true", "superseded events"),
            (#"UPDATE entries SET fold = '\x00'"#, "what is stored"),
            ("UPDATE events SET body = 'x'", "what is stored"),
        ]) func verifyNamesWhatIsWrong(_ damage: String, _ field: String) async throws {
            let calls = [try JournalCall(of: "anna"), try JournalCall(of: "bob")]
            try journals.house.send(calls.flatMap(\.messages))
            #expect(try await eventually { try await journals.finals(of: calls) == 2 })
            let call = calls[0].call.call
            try await journals.sql("CREATE TABLE kept_entries AS SELECT * FROM entries WHERE call = '\(call)'")
            try await journals.sql("CREATE TABLE kept_events AS SELECT * FROM events WHERE call = '\(call)'")
            try await journals.sql("\(damage) WHERE call = '\(call)'")
            let found = try await journals.rufbus("journal verify --json")
            let check = try JSONDecoder().decode(Check.self, from: Data(found.text.utf8))
            #expect(found.exit == .status(1) && check.differing == 1 && check.calls >= 2)
            #expect(check.differences.allSatisfy { $0.call == call.rawValue }, "\(check.differences)")
            #expect(check.differences.contains { $0.field == field && $0.stored != $0.recounted }, "\(found.text)")
            let words = try await journals.rufbus("journal verify")
            #expect(words.exit == .status(1) && words.text.contains("\(call)  \(field) is "), "\(words.text)")
            let elsewhere = try await journals.rufbus("journal verify --to 2026-01-01")
            #expect(elsewhere.exit == .status(0) && elsewhere.text.contains("0 calls"), "\(elsewhere.text)")
            try await journals.sql(
                "DELETE FROM entries WHERE call = '\(call)'; DELETE FROM events WHERE call = '\(call)';"
                    + "INSERT INTO entries SELECT * FROM kept_entries; INSERT INTO events SELECT * FROM kept_events;"
                    + "DROP TABLE kept_entries, kept_events")
            #expect(try await journals.rufbus("journal verify --from 2026-01-01").exit == .status(0))
        }

        /// On a machine that sleeps or swaps. Who writes is put out after 4 s; nobody waits for who only reads.
        @Test func verifyMayStandStill() async throws {
            let calls = [try JournalCall(of: "anna")]
            try journals.house.send(calls.flatMap(\.messages))
            #expect(try await eventually { try await journals.finals(of: calls) == 1 })
            let hold = try await WriteHold(journals.house.database, of: "entries", readsToo: true)
            let verify = try journals.start(rufbus: "journal verify")
            #expect(try await eventually { try await isHeld("wait_event_type = 'Lock'") })
            verify.freeze()
            try await hold.release()
            #expect(try await eventually { try await isHeld("state = 'idle in transaction'") })
            try await Task.sleep(for: .seconds(5))
            verify.thaw()
            #expect(await verify.wait(limit: .seconds(90)) == .status(0), "\(verify.logText)")
            #expect(verify.logText.contains("all entries are right"))
        }

        private func isHeld(_ how: String) async throws -> Bool {
            try await journals.count("pg_stat_activity WHERE application_name ~ '^rufbus-journal-tool' AND \(how)") == 1
        }

        @Test(arguments: [
            "journal verify --from yesterday", "journal verify --from 2026-02-01 --to 2026-01-01",
            "dead list --limit 0", "dead show",
        ]) func aWrongArgumentIsNamed(_ words: String) async throws {
            let answer = try await journals.rufbus(words)
            #expect(answer.exit == .status(64) && answer.text.contains("Error:"), "\(answer.text)")
        }
    }
}
