import BusContract
import Foundation
import TelephonyModel
import TestSupport
import Testing

@testable import JournalCore

/// One entry for each call, whatever the order and the number of its events.
@Suite struct CallFoldTests {
    @Test func aWholeCallIsAFinalEntry() throws {
        let entry = try #require(Story.fold(try Story.whole()).entry)
        #expect(entry.final && entry.ringMs == 8_000 && entry.talkMs == 30_500)
        #expect(entry.reason == .completed && entry.sentence == "The call took place." && entry.endedBy == .party)
        #expect(entry.party == PartyView(number: "+4989123456", name: "Customer") && entry.direction == .outgoing)
        #expect(entry.device == Story.mobile && entry.deviceKind == .mobile)
        #expect(entry.legs.map(\.leg) == [Story.device, Story.party] && entry.legs.allSatisfy { $0.endedAt != nil })
        #expect(entry.media.map(\.packetsReceived) == [1_525, 1_525])
        #expect(entry.context == .object(["ticket": .integer(7)]))
    }

    @Test(arguments: 0..<200) func anyOrderAndRepetitionGivesTheSame(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let events = try Story.whole()
        let repeated = (events + events.filter { _ in Bool.random(using: &random) }).shuffled(using: &random)
        // Between any two events the fold may go to the database and come back.
        var fold = CallFold(Story.position(1))
        for event in repeated {
            fold.add(event)
            fold = try JSONDecoder().decode(CallFold.self, from: JSONEncoder().encode(fold))
        }
        #expect(fold == Story.fold(events))
        #expect(fold.entry == Story.fold(events).entry)
    }

    /// A call that changed hands, with late events of the old owner: superseded from the new one's first on.
    @Test(arguments: 0..<100) func theOldOwnersLateEventsDoNotCount(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var events = Array(try Story.whole()[..<6])
        let late = Story.state(.ended, ended: 9, reason: .serviceFailed)
        events.append(
            try Story.event(CallWhat.answered.type, Story.position(6, epoch: 2), Story.state(.talking, answered: 8)))
        events.append(
            try Story.event(
                LegWhat.ended.type, Story.position(7, epoch: 2),
                Story.leg(Story.device, .device, answered: 3, ended: 20)))
        events.append(
            try Story.event(
                CallWhat.ended.type, Story.position(8, epoch: 2),
                Story.state(.ended, answered: 8, ended: 20, reason: .completed)))
        events.append(try Story.event(CallWhat.ended.type, Story.position(11, epoch: 1), late))
        let entry = try #require(Story.fold(events.shuffled(using: &random)).entry)
        #expect(entry.final && entry.reason == .completed && entry.talkMs == 12_000)
        #expect(entry.legs.map(\.leg) == [Story.device])  // The party leg's answer (epoch 1, 6) is superseded.
    }

    @Test func anEntryIsFinalWhenNothingIsMissing() throws {
        let events = try Story.whole()
        for missing in 0..<10 {
            var some = events
            let absent = some.remove(at: missing)
            var fold = Story.fold(some)
            #expect(!fold.isFinal, "without \(missing + 1)")
            fold.add(absent)
            #expect(fold.isFinal)
        }
        #expect(Story.fold(Array(events[..<10])).isFinal)  // What media measured counts for itself.
    }

    @Test func anEntryGrowsWithItsCall() throws {
        let events = try Story.whole()
        let started = try #require(Story.fold([events[0]]).entry)
        #expect(!started.final && started.reason == nil && started.ringMs == 0 && started.deviceKind == .mobile)
        #expect(Story.fold([events[2]]).entry == nil)  // A leg alone says too little.
        let talking = try #require(Story.fold(Array(events[..<7])).entry)
        #expect(talking.ringMs == 8_000 && talking.talkMs == 0 && !talking.final)
    }

    @Test func anEventOfANewerVersionIsCountedAndKeepsTheCallsState() throws {
        var events = try Story.whole()
        events.remove(at: 4)
        let data = ["phase": "parked", "direction": "sideways"]
        events.append(try Story.event("rufbus.call.parked.v2", Story.position(5), data))
        let entry = try #require(Story.fold(events).entry)
        #expect(entry.final && entry.reason == .completed)
    }

    /// All that a call says may be in words of a newer version: it has its entry, with "unknown" in their place.
    @Test func aCallInNewWordsHasAnEntry() throws {
        let text = String(
            decoding: try JSONEncoder().encode(Story.state(.ended, ended: 9, reason: .missed)), as: UTF8.self)
        let data = try JSONDecoder().decode(
            JSONValue.self,
            from: Data(
                text.replacing("\"outgoing\"", with: "\"sideways\"").replacing("\"missed\"", with: "\"beamed\"")
                    .replacing("\"party\",", with: "\"robot\",").utf8))
        let entry = try #require(Story.fold([try Story.event(CallWhat.ended.type, Story.position(1), data)]).entry)
        #expect(entry.final && entry.direction == .unknown && entry.reason == .unknown)
        #expect(entry.sentence?.contains("does not know") == true && entry.ringMs == 9_000)
    }

    @Test func aClosedEntryIsFinalAndSaysThatItIsIncomplete() throws {
        let events = try Story.whole()
        for missing in 0..<10 {
            var some = events
            let late = some.remove(at: missing)
            var fold = Story.fold(some)
            fold.close()
            #expect(fold.entry?.final == true && fold.entry?.incomplete == true, "without \(missing + 1)")
            fold = try JSONDecoder().decode(CallFold.self, from: JSONEncoder().encode(fold))
            fold.add(late)
            #expect(fold == Story.fold(events) && fold.entry?.incomplete == nil && fold.isFinal, "it heals")
        }
        var whole = Story.fold(events)
        whole.close()
        #expect(whole == Story.fold(events), "nothing is missing")
    }

    /// `call.adopted` says by its place what it follows: from there on the old owner's word counts nothing.
    @Test(arguments: 0..<50) func anAdoptedCallTellsWhatIsSuperseded(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var events = Array(try Story.whole()[..<4])
        let talking = Story.state(.talking, answered: 8)
        events.append(try Story.event(CallWhat.ended.type, Story.position(5), Story.state(.ended, ended: 9)))
        events.append(try Story.event("rufbus.call.adopted.v1", Story.position(5, epoch: 2), talking))
        events.append(try Story.event("rufbus.call.adopted.v1", Story.position(6, epoch: 3), talking))
        events.append(
            try Story.event(
                CallWhat.ended.type, Story.position(7, epoch: 3),
                Story.state(.ended, answered: 8, ended: 20, reason: .completed)))
        let fold = Story.fold(events.shuffled(using: &random))
        #expect(fold.superseded.map { "\($0.epoch): \($0.from)" } == ["1: 5", "2: 6"])
        #expect(fold.isComplete && fold.entry?.reason == .completed)
    }

    @Test func transientEventsDoNotFillGaps() throws {
        var events = try Story.whole()
        events.remove(at: 4)
        let message = LegMessage(
            leg: Story.device, role: .device, way: .sent, method: "INVITE", hasSDP: true)
        events.append(try Story.event(LegWhat.message.type, Story.position(5), message))
        #expect(!Story.fold(events).isFinal)
    }

    @Test func eventsOfOtherCallsAreNotTaken() throws {
        let other = CallPosition(
            seat: Story.user, call: CallID(unchecked: "other"), conversation: CallID(unchecked: "other"), epoch: 9,
            sequence: 1)
        var fold = Story.fold(try Story.whole())
        let before = fold
        fold.add(try Story.event(CallWhat.started.type, other, Story.state(.started)))
        #expect(fold == before)
    }

    @Test func aClockThatWasSetBackGivesNoNegativeTimes() throws {
        let ended = try Story.event(
            CallWhat.ended.type, Story.position(1), Story.state(.ended, answered: 30, ended: 20, reason: .completed))
        #expect(Story.fold([ended]).entry?.talkMs == 0)
    }
}

@Suite struct SequenceSetTests {
    @Test(arguments: 0..<50) func rangesAreThoseOfASet(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let numbers = (0..<40).map { _ in Int.random(in: 1...30, using: &random) }
        var set = SequenceSet()
        for number in numbers { set.insert(number) }
        #expect(set.ranges.flatMap(Array.init) == Set(numbers).sorted())
        for (left, right) in zip(set.ranges, set.ranges.dropFirst()) { #expect(left.upperBound + 1 < right.lowerBound) }
        #expect(set.below(12).flatMap(Array.init) == Set(numbers).filter { $0 < 12 }.sorted())
    }
}
