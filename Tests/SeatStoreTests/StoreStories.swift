import BusContract
import SeatStore
import TelephonyModel
import Testing

private let anna = UserID(unchecked: "anna")
private let me = SeatOwner(instance: InstanceID(unchecked: "a1"), incarnation: "1")
private let other = SeatOwner(instance: InstanceID(unchecked: "b1"), incarnation: "1")

private func value(_ revision: Int) -> SeatValue { SeatValue(text: "\(revision)", calls: []) }
private func first(_ revision: Int) -> SeatClaim.First { .init(revision: revision, value: value(revision)) }

// Events, as the driver and the bus tell them.
private func claim(_ name: String, _ revision: Int? = nil, after epoch: Int? = nil) -> SeatStore.Event {
    .claim(anna, name: name, follows: epoch, first: revision.map(first))
}
private func write(_ revision: Int) -> SeatStore.Event { .write(anna, revision: revision, value(revision)) }
private func end(_ revision: Int) -> SeatStore.Event { .end(anna, revision: revision, nil) }
private func kept(_ paper: Int) -> SeatStore.Event { .kept(anna, paper: paper, true) }
private func givenUp(_ paper: Int) -> SeatStore.Event { .kept(anna, paper: paper, false) }
private func granted(_ name: String, _ epoch: Int, _ found: SeatCheckpoint? = nil) -> SeatStore.Event {
    .answered(.init(seat: anna, claim: name, outcome: .granted(epoch: epoch, found: found)))
}
private func refused(_ name: String) -> SeatStore.Event {
    .answered(.init(seat: anna, claim: name, outcome: .lost(to: other, epoch: 7, isFree: false)))
}

// Effects.
private func claims(_ number: Int, _ name: String, _ revision: Int? = nil, after epoch: Int? = nil)
    -> SeatStore.Effect
{
    let claim = SeatClaim(seat: anna, claim: name, owner: me, follows: epoch, first: revision.map(first))
    return .send(.claim(claim), number: number)
}
private func checkpoint(_ epoch: Int, _ revision: Int) -> SeatCheckpoint {
    SeatCheckpoint(seat: anna, epoch: epoch, revision: revision, owner: me, value: value(revision))
}
private func writes(_ number: Int, _ epoch: Int, _ revision: Int) -> SeatStore.Effect {
    .send(.checkpoint(checkpoint(epoch, revision)), number: number)
}
private func ends(_ number: Int, _ epoch: Int, _ revision: Int) -> SeatStore.Effect {
    .send(.end(SeatEnd(seat: anna, epoch: epoch, revision: revision, owner: me)), number: number)
}
private func owned(_ epoch: Int, _ found: SeatCheckpoint? = nil) -> SeatStore.Effect {
    .owned(anna, epoch: epoch, found: found)
}
private func written(_ revision: Int) -> SeatStore.Effect { .written(anna, revision: revision) }
private func unprotected(_ revision: Int) -> SeatStore.Effect { .unprotected(anna, revision: revision) }

struct StoreStory: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [(ms: Int64, event: SeatStore.Event, effects: [SeatStore.Effect])]
}

/// A seat that is claimed, owned in epoch 4 and written down once.
private let begun: [(ms: Int64, event: SeatStore.Event, effects: [SeatStore.Effect])] = [
    (0, claim("x", 1), [claims(1, "x", 1)]), (2, kept(1), []), (4, granted("x", 4), [owned(4), written(1)]),
]

private let stories = [
    StoreStory(
        testDescription: "a plain call: claim with the first checkpoint, two more, the end",
        script: begun + [
            (10, write(2), [writes(2, 4, 2)]), (12, kept(2), [written(2)]), (20, write(3), [writes(3, 4, 3)]),
            (22, kept(3), [written(3)]), (30, end(4), [ends(4, 4, 4)]), (32, kept(4), [.ended(anna)]),
        ]),
    StoreStory(
        testDescription: "one is out, one behind it: the newest takes the place of the one behind",
        script: begun + [
            (10, write(2), [writes(2, 4, 2)]), (11, write(3), []), (12, write(4), []), (13, write(5), []),
            (14, kept(2), [written(2), writes(3, 4, 5)]), (15, kept(3), [written(5)]),
        ]),
    StoreStory(
        testDescription: "after 250 ms without a confirm what waits goes on, and what comes later is still written",
        script: begun + [
            (10, write(2), [writes(2, 4, 2)]), (200, write(3), []), (259, .time, []), (260, .time, [unprotected(2)]),
            (450, .time, [unprotected(3)]), (900, kept(2), [written(2), writes(3, 4, 3)]), (902, kept(3), [written(3)]),
        ]),
    StoreStory(
        testDescription: "a passive replica waits for nothing and writes all the same",
        script: begun + [
            (10, write(2), [writes(2, 4, 2)]), (20, .passive(true), [unprotected(2)]), (30, write(3), [unprotected(3)]),
            (40, kept(2), [written(2), writes(3, 4, 3)]), (50, .passive(false), []), (60, write(4), []),
            (70, kept(3), [written(3), writes(4, 4, 4)]), (80, kept(4), [written(4)]),
        ]),
    StoreStory(
        testDescription: "an unanswered claim: on after 250 ms, sent again with each newer checkpoint, then owned",
        script: [
            (0, claim("x", 1), [claims(1, "x", 1)]), (2, kept(1), []), (250, .time, [unprotected(1)]),
            (300, write(2), [claims(2, "x", 2)]), (310, write(3), []), (320, kept(2), [claims(3, "x", 3)]),
            (330, kept(3), []), (400, granted("x", 1), [owned(1), written(3)]), (401, granted("x", 1), []),
            (410, write(4), [writes(4, 1, 4)]),
        ]),
    StoreStory(
        testDescription: "the answer comes before the confirm of its claim",
        script: [
            (0, claim("x", 1), [claims(1, "x", 1)]), (3, granted("x", 1), [owned(1)]), (4, write(2), []),
            (5, kept(1), [written(1), writes(2, 1, 2)]),
        ]),
    StoreStory(
        testDescription:
            "an answer that is lost is asked for again, more and more seldom, and at once after a reconnect",
        script: [
            (0, claim("x"), [claims(1, "x")]), (2, kept(1), []), (2_000, .time, [claims(2, "x")]), (2_002, kept(2), []),
            (3_999, .time, []), (4_000, .time, [claims(3, "x")]), (4_002, kept(3), []), (7_999, .time, []),
            (8_000, .time, [claims(4, "x")]), (8_002, kept(4), []), (8_500, .connected, [claims(5, "x")]),
            (8_502, kept(5), []), (8_503, granted("x", 2, checkpoint(1, 9)), [owned(2, checkpoint(1, 9))]),
        ]),
    StoreStory(
        testDescription: "who takes over waits for the answer, and writes in the new epoch",
        script: [
            (0, claim("x", after: 6), [claims(1, "x", after: 6)]), (1, kept(1), []), (251, .time, []),
            (300, granted("x", 7, checkpoint(6, 9)), [owned(7, checkpoint(6, 9))]),
            (301, write(10), [writes(2, 7, 10)]),
        ]),
    StoreStory(
        testDescription: "the loser hears who won, and nothing of the seat is written here any more",
        script: [
            (0, claim("x", 1), [claims(1, "x", 1)]), (1, write(2), []),
            (5, refused("x"), [.lost(anna, to: other, epoch: 7, isFree: false)]),
            (6, write(3), [.defect("seat anna is written and not claimed")]),
            (7, kept(1), []), (300, .time, []), (400, claim("y", 1), [claims(2, "y", 1)]),
        ]),
    StoreStory(
        testDescription: "who lost and claims again does so behind his first claim",
        script: [
            (0, claim("x", 1), [claims(1, "x", 1)]),
            (5, refused("x"), [.lost(anna, to: other, epoch: 7, isFree: false)]),
            (6, claim("y", 1), []), (7, kept(1), [claims(2, "y", 1)]), (8, granted("y", 8), [owned(8)]),
            (9, kept(2), [written(1)]),
        ]),
    StoreStory(
        testDescription: "a seat that ends before its claim is answered is let go with the answer",
        script: [
            (0, claim("x", 1), [claims(1, "x", 1)]), (5, end(2), []), (6, kept(1), []),
            (9, granted("x", 3), [written(1), ends(2, 3, 2)]), (10, kept(2), [.ended(anna)]),
        ]),
    StoreStory(
        testDescription: "a seat that begins again while its end is on the way is claimed behind it",
        script: begun + [
            (10, end(2), [ends(2, 4, 2)]), (11, claim("y", 1), []), (12, write(2), []),
            (13, kept(2), [.ended(anna), claims(3, "y", 2)]), (14, kept(3), []),
            (15, granted("y", 5), [owned(5), written(2)]),
        ]),
    StoreStory(
        testDescription: "a grant that nobody waits for is given back",
        script: [
            (0, claim("x", 1), [claims(1, "x", 1)]), (1, .forget(anna), []), (5, granted("x", 3), [ends(2, 3, 0)]),
            (6, refused("x"), []),
        ]),
    StoreStory(
        testDescription: "what the bus gives up is sent again after a second, or what is newer by then",
        script: begun + [
            (10, write(2), [writes(2, 4, 2)]), (20, givenUp(2), []), (30, write(3), []), (260, .time, [unprotected(2)]),
            (280, .time, [unprotected(3)]), (1_020, .time, [writes(3, 4, 3)]), (1_030, kept(3), [written(3)]),
        ]),
    StoreStory(
        testDescription: "a claim that the bus gives up is sent again",
        script: [
            (0, claim("x"), [claims(1, "x")]), (20, givenUp(1), []), (1_020, .time, [claims(2, "x")]),
        ]),
    StoreStory(
        testDescription: "a driver that writes what is not claimed, or is over, hears of its mistake",
        script: [(0, write(1), [.defect("seat anna is written and not claimed")])] + begun + [
            (10, claim("y", 1), [.defect("seat anna is claimed a second time")]), (11, end(2), [ends(2, 4, 2)]),
            (12, write(3), [.defect("seat anna is written after its end")]),
        ]),
]

@Suite struct StoreStories {
    @Test(arguments: stories) func storeFollows(_ story: StoreStory) {
        var store = SeatStore(owner: me)
        for step in story.script {
            let effects = store.handle(step.event, at: Instant(milliseconds: step.ms))
            #expect(effects == step.effects, "at \(step.ms) ms")
            // What is due is done: a timer that is armed for the past would fire for ever.
            if case .time = step.event, let deadline = store.deadline { #expect(deadline.milliseconds > step.ms) }
        }
    }

    private func counters(after words: String) throws -> SeatStore.Counters {
        let story = try #require(stories.first { $0.testDescription.contains(words) })
        var store = SeatStore(owner: me)
        for step in story.script { _ = store.handle(step.event, at: Instant(milliseconds: step.ms)) }
        return store.counters
    }

    @Test func whatHappensIsCounted() throws {
        #expect(try counters(after: "the newest takes the place").replaced == 2)
        #expect(try counters(after: "an unanswered claim").unprotected == 1)
        #expect(try counters(after: "an unanswered claim").repeated == 2)
        #expect(try counters(after: "passive").unprotected == 2)
        #expect(try counters(after: "given back").givenBack == 1)
        #expect(try counters(after: "the bus gives up").givenUp == 1)
    }

    @Test func theDeadlineIsTheFirstOfAll() {
        var store = SeatStore(owner: me)
        #expect(store.deadline == nil)
        _ = store.handle(claim("x"), at: Instant(milliseconds: 5))
        #expect(store.deadline == nil)  // Nothing is due while the claim is on its way to the broker.
        _ = store.handle(kept(1), at: Instant(milliseconds: 6))
        #expect(store.deadline == Instant(milliseconds: 2_005))
        _ = store.handle(write(1), at: Instant(milliseconds: 100))
        #expect(store.deadline == Instant(milliseconds: 350))
    }

    @Test func eventsStayUntilTheyAreConfirmed() {
        var events = UnconfirmedEvents()
        let all = (1...3).map { UnconfirmedEvent(key: "k", type: "t", source: "s", id: "\($0)", text: "{}") }
        for event in all { events.published(event, by: anna) }
        events.confirmed("2", of: anna)
        events.confirmed("2", of: anna)
        #expect(events.of(anna) == [all[0], all[2]])
        events.confirmed("1", of: anna)
        events.confirmed("3", of: anna)
        #expect(events.of(anna).isEmpty)
    }
}
