import BusContract
import Ladder
import TelephonyModel
import Testing

private struct Story: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Call, type without "rufbus." and ".v1", sequence, how many are missing before it.
    let events: [(call: String, type: String, sequence: Int, missing: Int)]
}

private let stories = [
    Story(
        testDescription: "nothing is missing in a call whose events all come",
        events: [("a", "call.started", 1, 0), ("a", "call.ringing", 2, 0), ("a", "leg.answered", 3, 0)]),
    Story(
        testDescription: "what is missing is told once, with its number",
        events: [("a", "call.started", 1, 0), ("a", "leg.ended", 5, 3), ("a", "call.ended", 6, 0)]),
    Story(
        testDescription: "a call that began before counts from its first event that comes",
        events: [("a", "call.answered", 7, 0), ("a", "leg.ended", 9, 1)]),
    Story(
        testDescription: "an event that comes again is no gap, and hides none",
        events: [
            ("a", "call.started", 1, 0), ("a", "call.dialing", 4, 2), ("a", "call.ringing", 2, 0),
            ("a", "call.alerting", 6, 1),
        ]),
    Story(
        testDescription: "calls do not count together",
        events: [
            ("a", "call.started", 1, 0), ("b", "call.started", 1, 0), ("b", "call.ended", 3, 1),
            ("a", "call.ended", 2, 0),
        ]),
    Story(
        testDescription: "transient events carry the last number, and media counts its own",
        events: [
            ("a", "call.started", 1, 0), ("a", "leg.message", 9, 0), ("a", "media.ended", 30, 0),
            ("a", "call.ringing", 2, 0),
        ]),
]

@Suite struct GapWatchTests {
    @Test(arguments: stories) fileprivate func tellsWhatDidNotCome(_ story: Story) {
        var watch = GapWatch()
        for event in story.events {
            let call = CallID(unchecked: event.call)
            let position = CallPosition(
                seat: UserID(unchecked: "anna"), call: call, conversation: call, epoch: 1, sequence: event.sequence)
            #expect(watch.take(type: "rufbus.\(event.type).v1", at: position) == event.missing, "\(event)")
        }
    }

    /// It remembers a bounded number of calls; one that is forgotten is as one that began before.
    @Test func itsMemoryIsBounded() {
        var watch = GapWatch()
        func take(_ number: Int, _ sequence: Int) -> Int {
            let call = CallID(unchecked: "c\(number)")
            return watch.take(
                type: CallWhat.ringing.type,
                at: CallPosition(
                    seat: UserID(unchecked: "anna"), call: call, conversation: call, epoch: 1, sequence: sequence))
        }
        for number in 0...10_000 { _ = take(number, 1) }
        #expect(take(0, 5) == 0 && take(10_000, 5) == 3)
    }
}
