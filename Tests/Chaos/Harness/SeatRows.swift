import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport

/// Owners of seats meet in a queue and in the database.
extension ChaosRow {
    static let seats = [claimBehindCheckpoints, claimersRace]

    static let checkpoints = 5_000
    static let racedSeats = 1_000

    /// Five thousand checkpoints of one seat stand in its queue, and a claim behind them: it sees the newest.
    private static let claimBehindCheckpoints = ChaosRow(name: "claim-behind-checkpoints", isQuick: true) { run in
        let seat = UserID(unchecked: "deep")
        let (old, new) = (try await run.claimer("deep-a"), try await run.claimer("deep-b"))
        old.claim(seat)
        run.require(try await old.answer(seat) == .granted(epoch: 1, found: nil), "the first claim: \(old.answers)")
        try await run.reached(0.2)
        await run.chaos.stopJournals()
        for revision in 1...checkpoints { old.write(seat, 1, revision) }
        try await old.waitForConfirms(1 + checkpoints)
        new.claim(seat, after: 1)
        try await new.waitForConfirms(1)
        let queue = Topology.seatQueue(RoutingKey.partition(of: seat))
        try await run.until("the checkpoints and the claim stand in \(queue)", .seconds(20)) {  // It counts every 5 s.
            try await run.broker.heldMessages(in: queue) == checkpoints + 1
        }
        try await run.chaos.startJournals(relayed: false)
        let answer = try await new.answer(seat)
        run.note("found=\(answer?.found?.revision ?? 0)")
        let found = SeatCheckpoint(
            seat: seat, epoch: 1, revision: checkpoints, owner: old.owner, value: SeatClaimer.value(checkpoints))
        run.require(answer == .granted(epoch: 2, found: found), "the claim was answered by \(new.answers)")
        for claimer in [old, new] { await claimer.bus.close() }
    }

    /// Two claim a thousand seats whose owner is gone. Both journals have read all seats as they were; then the frozen
    /// one's writes and the other's meet.
    private static let claimersRace = ChaosRow(name: "claimers-race", isQuick: true) { run in
        let seats = (0..<racedSeats).map { UserID(unchecked: "race-\($0)") }
        try await run.chaos.startJournals(relayed: false)  // The first of them reads all queues now.
        let (gone, a, b) = (
            try await run.claimer("race-z"), try await run.claimer("race-a"), try await run.claimer("race-b")
        )
        for seat in seats {
            gone.claim(seat)
            gone.write(seat, 1, 1)
        }
        try await gone.waitForConfirms(seats.count * 2)
        try await run.until("the first owner has all seats", .seconds(30)) { gone.grants.count == seats.count }
        try await run.reached(0.2)
        let hold = try await WriteHold(run.database)
        var random = SeededRandom(seed: run.form.seed)
        for seat in seats.shuffled(using: &random) {
            for claimer in [a, b].shuffled(using: &random) { claimer.claim(seat, after: 1) }
        }
        try await meet(hold, run)
        try await run.until("all claims are answered", .seconds(60)) {
            a.answers.count + b.answers.count >= seats.count * 2
        }
        try run.chaos.journal(ChaosHouse.journalInstances[0]).child.thaw()
        try await Task.sleep(for: .seconds(2))  // What the woken one does is seen too.
        check(seats, a, b, run)
        let kept = try await run.database.sql(
            "SELECT count(*), count(*) FILTER (WHERE instance = 'race-a') FROM seats WHERE seat LIKE 'race-%' "
                + "AND instance IN ('race-a', 'race-b') AND epoch = 2 AND NOT free", database: "journal")
        run.require(kept == "\(seats.count)|\(a.grants.count)", "the table says \(kept)")
        for claimer in [gone, a, b] { await claimer.bus.close() }
    }

    /// The first journal stands before its write when it is frozen, the second one too when both may go on.
    private static func meet(_ hold: WriteHold, _ run: RowRun) async throws {
        let session = try await hold.waitForWriter()
        try run.chaos.journal(ChaosHouse.journalInstances[0]).child.freeze()
        _ = try await hold.waitForWriter(notOf: session)
        try await hold.release()
    }

    private static func check(_ seats: [UserID], _ a: SeatClaimer, _ b: SeatClaimer, _ run: RowRun) {
        let (ofA, ofB) = (a.grants, b.grants)
        run.note("seats=\(seats.count) won=\(ofA.count)+\(ofB.count)")
        for seat in seats {
            let (winner, loser) = ofA[seat] == [2] ? (a, b) : (b, a)
            let grants = [ofA[seat], ofB[seat]].compactMap(\.self)
            let isLost = loser.outcomes(seat).allSatisfy { $0 == .lost(to: winner.owner, epoch: 2, isFree: false) }
            let isFound = winner.outcomes(seat).allSatisfy { $0.found?.revision == 1 }
            run.require(grants == [[2]] && isLost && isFound, "\(seat): \(ofA[seat] ?? []) \(ofB[seat] ?? [])")
        }
    }
}

extension RowRun {
    fileprivate func claimer(_ instance: String) async throws -> SeatClaimer {
        try await SeatClaimer(instance, busURL: broker.url(for: "signaling"))
    }
}
