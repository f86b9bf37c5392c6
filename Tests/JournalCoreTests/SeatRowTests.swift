import BusContract
import JournalCore
import TelephonyModel
import Testing

private let anna = UserID(unchecked: "anna")
private let call = CallID(unchecked: "c1")
private let first = owner("a1"), second = owner("b1"), third = owner("c1")

private func owner(_ instance: String, _ incarnation: String = "1") -> SeatOwner {
    SeatOwner(instance: InstanceID(unchecked: instance), incarnation: incarnation)
}

private func value(_ text: String) -> SeatValue { SeatValue(text: text, calls: [call]) }

private func checkpoint(_ epoch: Int, _ revision: Int, _ owner: SeatOwner, _ text: String = "") -> SeatCheckpoint {
    let text = text.isEmpty ? "\(epoch).\(revision)" : text
    return SeatCheckpoint(seat: anna, epoch: epoch, revision: revision, owner: owner, value: value(text))
}

private func claims(_ owner: SeatOwner, _ claim: String, after epoch: Int? = nil, writing revision: Int? = nil)
    -> SeatMessage
{
    .claim(
        SeatClaim(
            seat: anna, claim: claim, owner: owner, follows: epoch,
            first: revision.map { .init(revision: $0, value: value("\(claim).\($0)")) }))
}

private func writes(_ epoch: Int, _ revision: Int, _ owner: SeatOwner) -> SeatMessage {
    .checkpoint(checkpoint(epoch, revision, owner))
}

private func ends(_ epoch: Int, _ revision: Int, _ owner: SeatOwner) -> SeatMessage {
    .end(SeatEnd(seat: anna, epoch: epoch, revision: revision, owner: owner))
}

private func granted(_ claim: String, _ epoch: Int, _ found: SeatCheckpoint? = nil) -> SeatRow.Outcome {
    .answered(.init(seat: anna, claim: claim, outcome: .granted(epoch: epoch, found: found)))
}

private func lost(_ claim: String, to owner: SeatOwner, _ epoch: Int, isFree: Bool = false) -> SeatRow.Outcome {
    .answered(.init(seat: anna, claim: claim, outcome: .lost(to: owner, epoch: epoch, isFree: isFree)))
}

struct SeatStory: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [(SeatMessage, SeatRow.Outcome)]
}

private let stories = [
    SeatStory(
        testDescription: "a seat's life: claimed with its first checkpoint, written, let go, claimed again",
        script: [
            (claims(first, "x", writing: 1), granted("x", 1)), (writes(1, 2, first), .written),
            (ends(1, 3, first), .written), (claims(second, "y", writing: 1), granted("y", 2, checkpoint(1, 2, first))),
        ]),
    SeatStory(
        testDescription: "of two who want a free seat the first has it, and the other hears who",
        script: [(claims(first, "x"), granted("x", 1)), (claims(second, "y"), lost("y", to: first, 1))]),
    SeatStory(
        testDescription: "of two who want to take over the first has it, with the newest checkpoint",
        script: [
            (claims(first, "x"), granted("x", 1)), (writes(1, 7, first), .written),
            (claims(second, "y", after: 1), granted("y", 2, checkpoint(1, 7, first))),
            (claims(third, "z", after: 1), lost("z", to: second, 2)),
        ]),
    SeatStory(
        testDescription: "a new owner that dies before it wrote anything leaves the old checkpoint to the next",
        script: [
            (claims(first, "x"), granted("x", 1)), (writes(1, 7, first), .written),
            (claims(second, "y", after: 1), granted("y", 2, checkpoint(1, 7, first))),
            (claims(third, "z", after: 2), granted("z", 3, checkpoint(1, 7, first))),
        ]),
    SeatStory(
        testDescription: "a claim that comes again is answered the same, and brings its newer checkpoint",
        script: [
            (claims(first, "x", writing: 1), granted("x", 1)), (claims(first, "x", writing: 1), granted("x", 1)),
            (claims(first, "x", writing: 2), granted("x", 1)), (claims(first, "x", writing: 1), granted("x", 1)),
            (claims(second, "y", after: 1), granted("y", 2, checkpoint(1, 2, first, "x.2"))),
            (claims(second, "y", after: 1), granted("y", 2, checkpoint(1, 2, first, "x.2"))),
        ]),
    SeatStory(
        testDescription:
            "a claim of an earlier epoch that comes again gets no second one, and one that was refused gets none",
        script: [
            (claims(first, "x"), granted("x", 1)), (ends(1, 1, first), .written),
            (claims(second, "y"), granted("y", 2)), (claims(first, "x"), lost("x", to: second, 2)),
            (claims(third, "w"), lost("w", to: second, 2)),
            (ends(2, 1, second), .written), (claims(first, "x"), lost("x", to: second, 2, isFree: true)),
            (claims(third, "w"), lost("w", to: second, 2, isFree: true)),
            (claims(first, "z"), granted("z", 3)),
        ]),
    SeatStory(
        testDescription: "what the old owner still says after a take-over does nothing",
        script: [
            (claims(first, "x"), granted("x", 1)), (claims(second, "y", after: 1), granted("y", 2)),
            (writes(1, 99, first), .superseded), (ends(1, 99, first), .superseded), (writes(2, 1, second), .written),
            (claims(third, "z", after: 2), granted("z", 3, checkpoint(2, 1, second))),
        ]),
    SeatStory(
        testDescription: "a checkpoint that comes again, or late, changes nothing",
        script: [
            (claims(first, "x"), granted("x", 1)), (writes(1, 2, first), .written), (writes(1, 2, first), .repeated),
            (writes(1, 1, first), .repeated), (ends(1, 3, first), .written), (ends(1, 3, first), .repeated),
            (writes(1, 4, first), .repeated),
        ]),
    SeatStory(
        testDescription: "nobody else writes in an owner's epoch",
        script: [
            (claims(first, "x"), granted("x", 1)), (writes(1, 5, second), .foreign), (ends(1, 5, second), .foreign),
            (writes(1, 5, owner("a1", "2")), .foreign), (writes(1, 1, first), .written),
        ]),
    SeatStory(
        testDescription: "a new process of the same instance takes what its predecessor had",
        script: [
            (claims(first, "x"), granted("x", 1)), (writes(1, 4, first), .written),
            (claims(owner("a1", "2"), "y"), granted("y", 2, checkpoint(1, 4, first))),
            (writes(1, 5, first), .superseded),
        ]),
    SeatStory(
        testDescription: "a grant that nobody waits for is given back with no revision in mind",
        script: [
            (claims(first, "x", writing: 3), granted("x", 1)), (ends(1, 0, first), .written),
            (claims(second, "y"), granted("y", 2, checkpoint(1, 3, first, "x.3"))),
        ]),
    SeatStory(
        testDescription: "after a database from an earlier day epochs go on where their owners are",
        script: [
            (writes(9, 3, first), .written), (claims(second, "y", after: 9), granted("y", 10, checkpoint(9, 3, first))),
            (claims(third, "z", after: 20), granted("z", 21, checkpoint(9, 3, first))),
        ]),
]

@Suite struct SeatRowTests {
    @Test(arguments: stories) func rowFollows(_ story: SeatStory) {
        var row = SeatRow(anna)
        for (number, step) in story.script.enumerated() {
            let before = row
            #expect(row.take(step.0) == step.1, "step \(number)")
            #expect(row == before || row.version > before.version, "step \(number)")
        }
    }

    /// However the messages are cut into batches, and however often the end of them comes again.
    @Test(arguments: stories) func piecesMakeTheSameRow(_ story: SeatStory) {
        let messages = story.script.map(\.0)
        let whole = SeatFold(messages, into: [:])
        for cut in messages.indices {
            var rows: [UserID: SeatRow] = [:]
            for part in [messages[..<cut], messages[cut...], messages[cut...]] {
                for change in SeatFold(Array(part), into: rows).changes { rows[anna] = change.row }
            }
            #expect(rows[anna] == whole.changes[0].row, "cut at \(cut)")
        }
    }

    @Test func aFoldNamesTheStateThatWasRead() {
        let fold = SeatFold([claims(first, "x"), writes(1, 1, first), claims(second, "y")], into: [:])
        #expect(fold.outcomes == [granted("x", 1), .written, lost("y", to: first, 1)])
        #expect(fold.changes.map(\.was) == [SeatVersion(epoch: 0, revision: 0)])
        #expect(fold.changes.map(\.row.version) == [SeatVersion(epoch: 1, revision: 1, refusals: 1)])
        #expect(SeatFold([claims(second, "y")], into: [anna: fold.changes[0].row]).changes.isEmpty)
    }

    @Test func onlySomeClaimsAreRemembered() {
        var row = SeatRow(anna)
        for number in 1...40 { _ = row.take(claims(first, "claim-\(number)")) }
        #expect(row.version.epoch == 40 && row.settledClaims.count == 16 && row.settledClaims.first == "claim-39")
    }
}
