import BusContract
import TelephonyModel
import Testing

private let anna = UserID(unchecked: "anna")
private let a1 = InstanceID(unchecked: "a1"), b1 = InstanceID(unchecked: "b1")

private func item(_ id: String, _ phase: CallPhase, _ sequence: Int, epoch: Int = 1) -> CallSnapshot.Answer.Item {
    let call = CallID(unchecked: id)
    return .init(
        state: CallState(
            call: call, user: anna, conversation: call, direction: .incoming, phase: phase,
            officeNumber: "+498984098723", party: PartyView(number: "+4989123"), legs: [],
            startedAt: "2026-03-01T12:00:00.000Z", since: "2026-03-01T12:00:00.000Z"),
        position: CallPosition(seat: anna, call: call, conversation: call, epoch: epoch, sequence: sequence))
}

extension RunningCalls {
    fileprivate mutating func heard(_ item: CallSnapshot.Answer.Item, from owner: InstanceID?, now: Int64) -> Bool {
        heard(item.state, at: item.position, from: owner, now: now)
    }
    fileprivate var ids: [String] { calls(of: anna).map(\.call.rawValue) }
}

/// What runs, although events come late, twice or never.
@Suite struct RunningCallsTests {
    @Test func theNewestStateWins() {
        var calls = RunningCalls()
        #expect(calls.heard(item("c", .talking, 5), from: a1, now: 0) == true)
        #expect(calls.heard(item("c", .ringing, 2), from: a1, now: 1) == false)
        #expect(calls.heard(item("c", .talking, 5), from: a1, now: 2) == false)
        #expect(calls.state(of: CallID(unchecked: "c"))?.phase == .talking && calls.ids == ["c"])
        #expect(calls.heard(item("c", .ended, 6), from: a1, now: 3) == true)
        #expect(calls.heard(item("c", .talking, 5), from: a1, now: 4) == false)
        #expect(calls.ids.isEmpty && calls.users.isEmpty)
    }

    @Test func aLaterEpochChangesTheOwnerAndAnEarlierOneDoesNot() {
        var calls = RunningCalls()
        let call = CallID(unchecked: "c")
        _ = calls.heard(item("c", .talking, 5), from: nil, now: 0)
        #expect(calls.owner(of: call) == nil)
        #expect(calls.heard(item("c", .talking, 5), from: a1, now: 1) == false)
        #expect(calls.owner(of: call) == a1)
        #expect(calls.heard(item("c", .talking, 1, epoch: 2), from: b1, now: 2) == true)
        #expect(calls.owner(of: call) == b1)
        #expect(calls.heard(item("c", .ended, 9), from: a1, now: 3) == false)
        #expect(calls.owner(of: call) == b1)
    }

    @Test func aSnapshotEndsWhatItDoesNotName() {
        var calls = RunningCalls()
        _ = calls.heard(item("lost", .talking, 5), from: a1, now: 100)
        _ = calls.heard(item("late", .ringing, 1), from: a1, now: 205)
        _ = calls.heard(item("other", .talking, 5), from: b1, now: 100)
        _ = calls.heard(item("over", .ended, 5), from: a1, now: 100)
        let change = calls.snapshot([item("new", .talking, 3)], of: a1, askedAt: 200, now: 210)
        #expect(change.news.map(\.call.rawValue) == ["new"] && change.over.map(\.call.rawValue) == ["lost"])
        #expect(calls.ids == ["late", "new", "other"] && calls.state(of: CallID(unchecked: "over")) != nil)
        let again = calls.snapshot([item("new", .talking, 3)], of: a1, askedAt: 200, now: 220)
        #expect(again == RunningCalls.Change())
    }

    @Test func anInstanceThatIsGoneTakesItsCallsWithIt() {
        var calls = RunningCalls()
        _ = calls.heard(item("c", .talking, 5), from: a1, now: 0)
        _ = calls.heard(item("d", .talking, 5), from: b1, now: 0)
        let (lost, again) = (calls.lost(a1), calls.lost(a1))
        #expect(lost.map(\.call.rawValue) == ["c"] && again.isEmpty)
        let over = calls.over(CallID(unchecked: "d"))
        #expect(over?.phase == .talking && calls.count == 0)
    }

    @Test func whatNobodyClaimsIsForgottenAfterAMinute() {
        var calls = RunningCalls()
        _ = calls.heard(item("nobodys", .started, 1), from: nil, now: 0)
        _ = calls.heard(item("owned", .started, 1), from: a1, now: 0)
        _ = calls.heard(item("over", .ended, 8), from: a1, now: 0)
        let early = calls.forget(now: 59_999)
        #expect(early.isEmpty && calls.count == 3)
        let late = calls.forget(now: 60_000)
        #expect(late.map(\.call.rawValue) == ["nobodys"] && calls.ids == ["owned"] && calls.count == 1)
    }
}
