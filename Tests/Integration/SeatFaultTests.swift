import BusClient
import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

extension SeatTests {
    /// Journals that freeze and die between reading, writing, answering and acknowledging.
    @Suite struct Faults {
        /// `SEATS` sets how many, `SEED` the order of what happens.
        private static func setting(_ name: String, _ usual: Int) -> Int {
            ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
        }

        /// Both journals have read all seats as they were; then the frozen one's writes and the other's meet.
        @Test(.timeLimit(.minutes(3))) func ofTwoClaimersEachSeatHasOneOwnerAlthoughAJournalFreezes() async throws {
            let seats = (0..<Self.setting("SEATS", 1_000)).map { UserID(unchecked: "race-\($0)") }
            let (frozen, other) = (try await SeatStage.journal("race-1"), try await SeatStage.journal("race-2"))
            let (gone, a, b) = (
                try await Claimer("race-z"), try await Claimer("race-a"), try await Claimer("race-b")
            )
            for seat in seats {
                gone.claim(seat)
                gone.write(seat, 1, 1)
            }
            try await gone.waitForConfirms(seats.count * 2)
            try await until(.seconds(30)) { gone.grants.count == seats.count }

            let hold = try await SeatStage.holdWrites()
            var random = SeededRandom(seed: UInt64(Self.setting("SEED", 1)))
            for seat in seats.shuffled(using: &random) {
                for claimer in [a, b].shuffled(using: &random) { claimer.claim(seat, after: 1) }
            }
            let session = try await hold.waitForWriter()
            frozen.child.freeze()
            _ = try await hold.waitForWriter(notOf: session)
            try await hold.release()
            try await until(.seconds(60)) { a.answers.all.count + b.answers.all.count >= seats.count * 2 }
            frozen.child.thaw()
            try await Task.sleep(for: .seconds(2))  // What the woken one does is seen too.
            try await check(seats, a, b)

            await frozen.stop()
            await other.stop()
            for claimer in [gone, a, b] { await claimer.bus.close() }
        }

        private func check(_ seats: [UserID], _ a: Claimer, _ b: Claimer) async throws {
            let (ofA, ofB) = (a.grants, b.grants)
            var wrong: [String] = []
            for seat in seats {
                let (winner, loser) = ofA[seat] == [2] ? (a, b) : (b, a)
                let grants = [ofA[seat], ofB[seat]].compactMap(\.self)
                let isLost = loser.outcomes(seat).allSatisfy { $0 == .lost(to: winner.owner, epoch: 2, isFree: false) }
                let found = winner.outcomes(seat).allSatisfy { $0.found?.revision == 1 }
                if grants != [[2]] || !isLost || !found {
                    wrong.append("\(seat): \(ofA[seat] ?? []) \(ofB[seat] ?? [])")
                }
            }
            #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(5))")
            let names = "instance IN ('race-a', 'race-b') AND epoch = 2 AND NOT free"
            #expect(try await SeatStage.count("SELECT count(*) FROM seats WHERE \(names)") == seats.count)
            #expect(
                try await SeatStage.count("SELECT count(*) FROM seats WHERE \(names) AND instance = 'race-a'")
                    == ofA.count)
        }

        /// The write is committed while the journal can neither answer nor acknowledge; then it is killed.
        @Test(.timeLimit(.minutes(2))) func aJournalKilledAfterItsCommitAnswersTheSameWhenItIsBack() async throws {
            let seat = UserID(unchecked: "commit")
            let journal = try await SeatStage.journal("commit")
            let (old, new) = (try await Claimer("commit-a"), try await Claimer("commit-b"))
            old.claim(seat)
            old.write(seat, 1, 1)
            _ = try await old.answer(seat)
            let hold = try await SeatStage.holdWrites()
            new.claim(seat, after: 1)
            _ = try await hold.waitForWriter()
            journal.child.freeze()
            try await hold.release()
            try await untilEpoch(2, of: seat)
            await journal.kill()
            #expect(new.answers.all.isEmpty)
            let next = try await SeatStage.journal("commit-2")
            let answer = try await new.answer(seat)
            #expect(answer?.epoch == 2 && answer?.found?.revision == 1, "\(new.answers.all)")
            try await untilEpoch(2, of: seat)
            await next.stop()
            for claimer in [old, new] { await claimer.bus.close() }
        }

        private func untilEpoch(_ epoch: Int, of seat: UserID) async throws {
            let query = "SELECT epoch FROM seats WHERE seat = '\(seat)'"
            let end = ContinuousClock.now + .seconds(20)
            while try await SeatStage.count(query) != epoch, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await SeatStage.count(query) == epoch)
        }
    }
}

extension SeatClaim.Outcome {
    fileprivate var epoch: Int? { if case .granted(let epoch, _) = self { epoch } else { nil } }
    fileprivate var found: SeatCheckpoint? { if case .granted(_, let found) = self { found } else { nil } }
}
