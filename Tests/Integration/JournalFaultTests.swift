import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

extension TwoJournalsTests {
    /// One journal dies or freezes while events stream: the other one goes on, and nothing is lost or doubled.
    @Suite struct Faults {
        let journals = JournalStage.journals

        private func calls(_ count: Int) throws -> [JournalCall] {
            try (0..<count).map { try JournalCall(of: "user-\($0 % 64)") }
        }

        /// Every event once, one final entry a call, and all of it told of.
        private func expectAll(_ calls: [JournalCall], _ told: Int) async throws {
            #expect(try await eventually(.seconds(60)) { try await journals.finals(of: calls) == calls.count })
            let sent = calls.flatMap(\.messages).count
            #expect(try await eventually { try await journals.events(of: calls) == sent })
            try await eventually { Set(journals.told.all.dropFirst(told).map(\.call)).count >= calls.count }
            #expect(Set(journals.told.all.map(\.call)).isSuperset(of: calls.map(\.call.call)))
            let verify = try await journals.rufbus("journal verify")
            #expect(verify.exit == .status(0) && verify.text.contains("all entries are right"), "\(verify.text)")
        }

        @Test(.timeLimit(.minutes(2))) func aKilledJournalIsReplacedAndNothingIsLostOrDoubled() async throws {
            let (calls, told) = (try calls(300), journals.told.all.count)
            let messages = calls.flatMap(\.messages).shuffled()
            try journals.house.send(Array(messages[..<900]))
            await journals.process("a1").kill()
            try journals.house.send(Array(messages[900..<1_800]))
            try await journals.start("a1")
            await journals.process("b1").kill()
            try journals.house.send(Array(messages[1_800...]))
            try await journals.start("b1")
            try await expectAll(calls, told)
        }

        /// The thread sanitizer slows a journal tenfold: under it another one takes over all the same, some time.
        private static let promised: Duration =
            ProcessInfo.processInfo.environment["TSAN_OPTIONS"] == nil ? .seconds(6) : .seconds(20)

        /// A frozen one keeps its connection until the broker misses its heartbeats. Woken, it handles again what it
        /// had in hand.
        @Test(.timeLimit(.minutes(2))) func aFrozenJournalIsReplacedWithinSixSeconds() async throws {
            let (calls, told) = (try calls(300), journals.told.all.count)
            let messages = calls.flatMap(\.messages).shuffled()
            let frozen = journals.process("a1")
            try journals.house.send(Array(messages[..<900]))
            frozen.child.freeze()
            let start = ContinuousClock.now
            let first = try (0..<64).map { try JournalCall(of: "user-\($0)") }
            try journals.house.send(first.flatMap(\.messages))
            #expect(try await eventually { try await journals.finals(of: first) == first.count })
            let passed = ContinuousClock.now - start
            #expect(passed < Self.promised, "taken over after \(passed)")
            try journals.house.send(Array(messages[900..<1_800]))
            try await Task.sleep(for: .seconds(10) - (ContinuousClock.now - start))
            frozen.child.thaw()
            try journals.house.send(Array(messages[1_800...]))
            try await expectAll(calls + first, told)
        }

        /// What the journal has acknowledged is in the database, whatever is killed in which order.
        @Test(.timeLimit(.minutes(2))) func nothingIsAcknowledgedBeforeItsCommit() async throws {
            let (calls, told) = (try calls(200), journals.told.all.count)
            let messages = calls.flatMap(\.messages).shuffled()
            try journals.house.send(Array(messages[..<800]))
            await journals.house.database.kill()
            try journals.house.send(Array(messages[800...]))
            for instance in ["a1", "b1"] { await journals.process(instance).kill() }
            try await journals.house.database.start()
            for instance in ["a1", "b1"] { try await journals.start(instance) }
            try await expectAll(calls, told)
        }

        /// A standby, or a database that its administrator closed: said clearly, and nothing is lost.
        @Test(.timeLimit(.minutes(2))) func aReadOnlyDatabaseIsNamedAndItsEventsWait() async throws {
            let (calls, told) = (try calls(20), journals.told.all.count)
            let database = journals.house.database
            try await database.sql("ALTER DATABASE journal SET default_transaction_read_only = on")
            try await database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'journal'")
            try journals.house.send(calls.flatMap(\.messages))
            try await eventually(.seconds(20)) {
                ["a1", "b1"].contains { journals.process($0).child.logText.contains("takes no changes") }
            }
            #expect(try await journals.events(of: calls) == 0)
            let starting = await #expect(throws: HouseError.self) { try await journals.start("c1") }
            #expect(starting?.message.contains("takes no changes") == true, "\(starting?.message ?? "")")
            try await database.sql("ALTER DATABASE journal RESET ALL")
            try await database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'journal'")
            try await expectAll(calls, told)
        }
    }
}
