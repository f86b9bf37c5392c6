import ChaosHarness
import LocalHouse
import TelephonyModel
import Testing

extension SeatTests {
    /// A journal that freezes and dies between its write, its answer and its acknowledgement; two of them, and two
    /// claimers, meet in the rows of ChaosTests.
    @Suite struct Faults {
        /// The write is committed while the journal can neither answer nor acknowledge; then it is killed.
        @Test(.timeLimit(.minutes(2))) func aJournalKilledAfterItsCommitAnswersTheSameWhenItIsBack() async throws {
            let seat = UserID(unchecked: "commit")
            let journal = try await SeatStage.journal("commit")
            let (old, new) = (try await SeatStage.claimer("commit-a"), try await SeatStage.claimer("commit-b"))
            old.claim(seat)
            old.write(seat, 1, 1)
            _ = try await old.answer(seat)
            let hold = try await WriteHold(SeatStage.house.database)
            new.claim(seat, after: 1)
            _ = try await hold.waitForWriter()
            journal.child.freeze()
            try await hold.release()
            try await untilEpoch(2, of: seat)
            await journal.kill()
            #expect(new.answers.isEmpty)
            let next = try await SeatStage.journal("commit-2")
            let answer = try await new.answer(seat)
            #expect(answer?.epoch == 2 && answer?.found?.revision == 1, "\(new.answers)")
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
