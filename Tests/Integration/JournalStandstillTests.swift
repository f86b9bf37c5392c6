import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension TwoJournalsTests {
    /// One thing that stands still, or cannot be read, holds up nothing else.
    @Suite struct Standstill {
        let journals = JournalStage.journals

        private func restart() async throws {
            for instance in ["a1", "b1"] { try await journals.start(instance) }
        }

        /// The broker gives out messages and takes none: their backlog is stored and acknowledged, and whoever comes
        /// after the journals that were killed over it tells of all.
        @Test(.timeLimit(.minutes(2))) func whileTheBrokerTakesNothingEventsAreStoredAndTellingsKept() async throws {
            let calls = try (0..<150).map { try JournalCall(of: "user-\($0 % 64)") }
            let both = ["a1", "b1"].map(journals.process)
            for process in both { process.child.freeze() }
            try journals.house.send(calls.flatMap(\.messages))
            try await journals.house.broker.setMemoryLimit(share: "0.0000001")
            for process in both { process.child.thaw() }
            #expect(try await eventually(.seconds(30)) { try await journals.finals(of: calls) == calls.count })
            let told = Set(journals.told.all.map(\.call))
            #expect(calls.allSatisfy { !told.contains($0.call.call) })
            for process in both { await process.kill() }
            #expect(try await journals.count("untold") == calls.count)
            try await journals.house.broker.setMemoryLimit(share: Broker.usualMemoryShare)
            try await restart()
            let wanted = Set(calls.map(\.call.call))
            try await eventually(.seconds(20)) { wanted.isSubset(of: journals.told.all.map(\.call)) }
            #expect(wanted.isSubset(of: journals.told.all.map(\.call)))
            #expect(try await eventually { try await journals.count("untold") == 0 })
        }

        /// As another version may have written it: `missing` closes, or the last event comes.
        @Test(arguments: [false, true]) func aFoldThatCannotBeReadIsCountedAgain(_ isClosing: Bool) async throws {
            let call = try JournalCall(of: "anna"), other = try JournalCall(of: "anna")
            let rest = call.messages[isClosing ? 3 : 7]
            try journals.house.send(call.messages.filter { $0.id != rest.id })
            #expect(try await eventually { try await journals.events(of: [call]) == call.messages.count - 1 })
            if isClosing { #expect(try await eventually { try await journals.finals(of: [call]) == 1 }) }
            try await journals.sql(
                "UPDATE entries SET fold = '{\"tomorrow\":1}', version = version + 5, final = false "
                    + "WHERE call = '\(call.call.call)'")
            let told = journals.told.all.count
            try journals.house.send((isClosing ? [] : [rest]) + other.messages)
            #expect(try await eventually { try await journals.finals(of: [call, other]) == 2 })
            try await eventually { Set(journals.told.all.dropFirst(told).map(\.call)).count == 2 }
            let entry = journals.told.all.dropFirst(told).last { $0.call == call.call.call }
            #expect(entry?.talkMs == 60_250 && entry?.incomplete == (isClosing ? true : nil))
            let shown = try await journals.rufbus("journal verify")
            #expect(shown.exit == .status(0), "\(shown.text)")
        }

        /// What is missing may be among what waits.
        @Test func noGapIsClosedWhileEventsWait() async throws {
            let call = try JournalCall(of: "anna")
            try await journals.sql("UPDATE behind SET seen_at = now() + interval '1 hour'")
            try journals.house.send(call.messages.filter { $0.id != call.messages[3].id })
            #expect(try await eventually { try await journals.events(of: [call]) == call.messages.count - 1 })
            try await Task.sleep(for: .seconds(4 * TwoJournals.gapSeconds))
            #expect(try await journals.finals(of: [call]) == 0)
            // The bus was away: that is said with the time of the database, an hour earlier.
            try await journals.house.broker.control(["close_all_connections", "-p", Topology.virtualHost, "by a test"])
            #expect(try await eventually { try await journals.count("behind WHERE seen_at <= now()") == 1 })
            #expect(try await eventually { try await journals.finals(of: [call]) == 1 })
        }

        /// One in which each character is many bytes, and one that its table refuses.
        @Test func noDeadLetterHoldsUpTheOthers() async throws {
            let long = String((0..<200).map { _ in Self.wideCharacter() }.joined())
            try await journals.sql(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'no' USING ERRCODE = '22023'; END $$;
                CREATE TRIGGER refuse BEFORE INSERT ON dead FOR EACH ROW WHEN (NEW.key = 'poison')
                EXECUTE FUNCTION refuse()
                """)
            let link = try Link(BrokerURL(journals.house.broker.url(for: "admin")), name: "test")
            defer { link.close() }
            let mark = uuid7()
            for (id, key) in [(long, "long"), (uuid7(), "poison"), (uuid7(), "short")] {
                try send(id, DeadMessage(exchange: Topology.events, key: key, why: mark, body: ""), link)
            }
            let kept = "SELECT string_agg(key, ' ' ORDER BY key) FROM dead WHERE why = '\(mark)'"
            #expect(try await eventually { try await journals.sql(kept) == "long short" })
            let bytes = "SELECT octet_length(id) BETWEEN 1 AND 200 FROM dead WHERE why = '\(mark)' AND key = 'long'"
            #expect(try await journals.sql(bytes) == "t")
            #expect(
                try await eventually {
                    try await journals.house.broker.control([
                        "--silent", "list_queues", "-p", Topology.virtualHost, "name", "messages",
                    ]).contains("\(Topology.deadQueue)\t0\n")
                })
            try await journals.sql("DROP TRIGGER refuse ON dead; DROP FUNCTION refuse()")
        }

        private static func wideCharacter() -> String {
            let marks = (0..<40).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0x300..<0x370)).map(Character.init)
            }
            return "e" + String(marks)
        }

        private func send(_ id: String, _ message: DeadMessage, _ link: Link) throws {
            let envelope = Envelope(
                id: id, source: "rufbus/cti/a1", type: DeadMessage.type, time: "2026-03-01T12:00:00.000Z", data: message
            )
            let text = String(decoding: try JSONEncoder().encode(envelope), as: UTF8.self)
            try link.sendRaw(text, to: Topology.dead, key: "dead.cti.a1")
        }
    }
}
