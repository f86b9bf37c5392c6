import BusContract
import TelephonyModel
import TestSupport
import Testing

@testable import PresenceCore

private let anna = UserID(unchecked: "anna")
private let a1 = InstanceID(unchecked: "a1"), b1 = InstanceID(unchecked: "b1")

private func call(_ id: String, _ direction: Direction, _ phase: CallPhase) -> CallState {
    CallState(
        call: CallID(unchecked: id), user: anna, conversation: CallID(unchecked: id), direction: direction,
        phase: phase, officeNumber: "+498984098723", party: PartyView(number: "+4989123"), legs: [],
        startedAt: "2026-03-01T12:00:00.000Z", since: "2026-03-01T12:00:00.000Z")
}

private func at(_ id: String, _ epoch: Int, _ sequence: Int) -> CallPosition {
    CallPosition(
        seat: anna, call: CallID(unchecked: id), conversation: CallID(unchecked: id), epoch: epoch, sequence: sequence)
}

private struct Story: Sendable, CustomTestStringConvertible {
    typealias Step = (call: String, epoch: Int, sequence: Int, phase: CallPhase, phone: UserStatus.Phone)
    let testDescription: String, direction: Direction, steps: [Step]
}

private let stories = [
    Story(
        testDescription: "an outgoing call rings at the user's phone first, then he is on it", direction: .outgoing,
        steps: [
            ("c", 1, 1, .started, .ringing), ("c", 1, 2, .ringing, .ringing), ("c", 1, 4, .dialing, .onThePhone),
            ("c", 1, 5, .alerting, .onThePhone), ("c", 1, 7, .talking, .onThePhone), ("c", 1, 10, .ended, .available),
        ]),
    Story(
        testDescription: "an incoming call is no talk before the guard is passed", direction: .incoming,
        steps: [
            ("c", 1, 1, .started, .ringing), ("c", 1, 2, .ringing, .ringing), ("c", 1, 4, .guarding, .ringing),
            ("c", 1, 5, .talking, .onThePhone), ("c", 1, 8, .ended, .available),
        ]),
    Story(
        testDescription: "a late or repeated event changes nothing", direction: .incoming,
        steps: [
            ("c", 1, 5, .talking, .onThePhone), ("c", 1, 2, .ringing, .onThePhone), ("c", 1, 5, .talking, .onThePhone),
            ("c", 1, 8, .ended, .available), ("c", 1, 8, .ended, .available), ("c", 1, 5, .talking, .available),
        ]),
    Story(
        testDescription: "a later epoch wins over a higher sequence of the one before", direction: .incoming,
        steps: [
            ("c", 1, 9, .ended, .available), ("c", 2, 6, .talking, .onThePhone), ("c", 1, 10, .ended, .onThePhone),
            ("c", 2, 7, .ended, .available),
        ]),
    Story(
        testDescription: "of two calls the talk shows", direction: .incoming,
        steps: [
            ("c", 1, 1, .talking, .onThePhone), ("d", 1, 1, .ringing, .onThePhone), ("c", 1, 2, .ended, .ringing),
            ("d", 1, 2, .ended, .available),
        ]),
    Story(
        testDescription: "a phase of a newer version is never a false available", direction: .incoming,
        steps: [("c", 1, 1, .unknown, .onThePhone), ("c", 1, 2, .ended, .available)]),
]

@Suite struct PhoneBoardTests {
    @Test(arguments: stories) private func statusFollows(_ story: Story) {
        var board = PhoneBoard()
        for step in story.steps {
            let before = board.phone(of: anna)
            let changed = board.heard(
                call(step.call, story.direction, step.phase), at: at(step.call, step.epoch, step.sequence), from: a1,
                now: 0)
            #expect(board.phone(of: anna) == step.phone, "\(step)")
            #expect((changed != nil) == (before != step.phone), "\(step)")
        }
    }

    @Test func aSnapshotEndsWhatItDoesNotName() {
        var board = PhoneBoard()
        _ = board.heard(call("lost", .incoming, .talking), at: at("lost", 1, 5), from: a1, now: 100)
        _ = board.heard(call("other", .incoming, .talking), at: at("other", 1, 5), from: b1, now: 100)
        #expect(board.snapshot([], of: a1, askedAt: 200, now: 210).isEmpty)
        #expect(board.phone(of: anna) == .onThePhone)
        #expect(board.lost(b1) == [anna])
        #expect(board.phone(of: anna) == .available)
    }

    @Test func aSnapshotDoesNotEndWhatWasHeardAfterTheQuestion() {
        var board = PhoneBoard()
        _ = board.heard(call("new", .incoming, .ringing), at: at("new", 1, 1), from: a1, now: 205)
        #expect(board.snapshot([], of: a1, askedAt: 200, now: 210).isEmpty)
        #expect(board.phone(of: anna) == .ringing)
    }

    @Test func aSnapshotBringsWhatWasMissed() {
        var board = PhoneBoard()
        let item = CallSnapshot.Answer.Item(state: call("c", .outgoing, .talking), position: at("c", 1, 6))
        #expect(board.snapshot([item], of: a1, askedAt: 0, now: 1) == [anna])
        #expect(board.snapshot([item], of: a1, askedAt: 2, now: 3).isEmpty)
        #expect(board.phone(of: anna) == .onThePhone)
    }

    @Test func endedCallsAreRememberedForAMinute() {
        var board = PhoneBoard()
        _ = board.heard(call("c", .incoming, .ended), at: at("c", 1, 8), from: a1, now: 0)
        _ = board.heard(call("d", .incoming, .talking), at: at("d", 1, 8), from: a1, now: 0)
        #expect(board.forget(now: 59_999).isEmpty)
        #expect(board.count == 2)
        #expect(board.forget(now: 60_000).isEmpty)
        #expect(board.count == 1 && board.phone(of: anna) == .onThePhone)
    }

    /// Who talks while the device is over, by the legs: the user himself only if the fallback is a phone of his.
    @Test(
        arguments: [
            ([(.party, .answered), (.device, .ended), (.fallback, .ringing)], .ringing, .available, .ringing),
            ([(.party, .answered), (.device, .ended), (.fallback, .answered)], .talking, .available, .onThePhone),
            ([(.party, .answered), (.device, .answered)], .talking, .onThePhone, .onThePhone),
            ([(.party, .answered), (.device, .answered), (.fallback, .ended)], .talking, .onThePhone, .onThePhone),
        ] as [([(LegRole, LegView.Phase)], CallPhase, UserStatus.Phone, UserStatus.Phone)])
    func aCallAtAColleagueLeavesItsUserFree(
        _ legs: [(LegRole, LegView.Phase)], _ phase: CallPhase, _ elsewhere: UserStatus.Phone, _ own: UserStatus.Phone
    ) {
        var state = call("c", .incoming, phase)
        state.legs = legs.map { role, phase in
            LegView(leg: LegID(unchecked: "c-\(role)"), role: role, trunk: TrunkID(unchecked: "pbx"), phase: phase)
        }
        var board = PhoneBoard()
        #expect(board.heard(state, at: at("c", 1, 5), from: a1, now: 0) == anna)
        #expect(board.phone(of: anna) == elsewhere && board.phone(of: anna, fallbackIsOwn: true) == own)
    }

    /// Whatever the order and however often: the newest state of each call decides.
    @Test(arguments: 0..<50) func anyOrderGivesTheSame(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let phases: [CallPhase] = [.started, .ringing, .guarding, .talking, .ended]
        let events = ["c", "d", "e"].flatMap { id in
            phases.prefix(id == "c" ? 5 : 4).enumerated().map { (id, $0.offset + 1, $0.element) }
        }
        var board = PhoneBoard()
        for event in (events + events).shuffled(using: &random) {
            _ = board.heard(call(event.0, .incoming, event.2), at: at(event.0, 1, event.1), from: a1, now: 0)
        }
        #expect(board.phone(of: anna) == .onThePhone && board.count == 3)
        #expect(board.lost(a1) == [anna])
        #expect(board.phone(of: anna) == .available && board.count == 1)
    }
}
