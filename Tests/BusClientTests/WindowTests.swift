import BusContract
import Testing

@testable import BusClient

private func message(_ id: String, bytes: Int = 100, durable: Bool = true, kind: Outgoing.Kind = .event) -> Outgoing {
    Outgoing(
        exchange: "x", key: "k", type: "t", id: id, body: Array(repeating: 0, count: bytes), kind: kind,
        durable: durable)
}

@Suite struct ConfirmWindowTests {
    private func window(_ count: Int) -> ConfirmWindow {
        var window = ConfirmWindow()
        for number in 1...count { window.add(message("\(number)")) }
        return window
    }

    @Test func oneConfirmSettlesOneMessage() {
        var window = window(3)
        let settled = window.settle(2, multiple: false).map(\.id)
        #expect(settled == ["2"])
        #expect(window.open.map(\.id) == ["1", "3"])
    }

    @Test func multipleSettlesAllUpToItsNumberThatAreStillOut() {
        var window = window(5)
        _ = window.settle(2, multiple: false)
        let first = window.settle(4, multiple: true).map(\.id)
        let second = window.settle(5, multiple: true).map(\.id)
        #expect(first == ["1", "3", "4"] && second == ["5"])
        #expect(window.isEmpty && window.bytes == 0)
    }

    @Test func numbersGoOnAfterTheFrontIsGone() {
        var window = window(2)
        _ = window.settle(2, multiple: true)
        window.add(message("3"))
        let settled = window.settle(3, multiple: false).map(\.id)
        #expect(settled == ["3"])
    }

    @Test(arguments: [(UInt64(0), true), (2, false), (9, true)])
    func numbersThatAreNotOutChangeNothing(_ tag: UInt64, _ multiple: Bool) {
        var window = window(3)
        _ = window.settle(2, multiple: false)
        let settled = window.settle(tag, multiple: multiple)
        #expect(settled.isEmpty && window.count == 2)
    }

    @Test func roomEndsAtTheByteLimitAndALargeMessageGoesAlone() {
        var window = ConfirmWindow()
        #expect(window.room.bytes == .max)
        window.add(message("1", bytes: ConfirmWindow.byteLimit - 256 - 500))
        #expect(window.room.bytes == 500)
        window.add(message("2", bytes: 10_000))
        #expect(window.room.bytes == 0)
    }

    @Test func roomEndsAtTheCountLimit() {
        var window = window(ConfirmWindow.countLimit)
        #expect(window.room.count == 0)
        _ = window.settle(1, multiple: false)
        #expect(window.room.count > 0)
    }
}

@Suite struct OutboxTests {
    /// Takes all that waits.
    private func all(_ outbox: inout Outbox) -> [String] {
        var ids: [String] = []
        while let message = outbox.take(room: .max, now: 0) { ids.append(message.id) }
        return ids
    }

    @Test func requestsGoFirstAndEventsKeepTheirOrder() {
        var outbox = Outbox()
        for id in ["e1", "e2"] { _ = outbox.add(message(id), now: 0) }
        _ = outbox.add(message("r", kind: .prompt), now: 0)
        #expect(all(&outbox) == ["r", "e1", "e2"])
        #expect(outbox.isEmpty && outbox.bytes == 0)
    }

    @Test func unconfirmedEventsGoBeforeTheOthers() {
        var outbox = Outbox()
        for id in ["1", "2", "3", "4"] { _ = outbox.add(message(id), now: 0) }
        let sent = (0..<2).compactMap { _ in outbox.take(room: .max, now: 0) }
        outbox.putBack(sent)
        #expect(all(&outbox) == ["1", "2", "3", "4"])
    }

    @Test func aMessageThatDoesNotFitTheWindowWaits() {
        var outbox = Outbox()
        _ = outbox.add(message("1", bytes: 1_000), now: 0)
        let (tooLittle, enough) = (outbox.take(room: 1_000, now: 0), outbox.take(room: 1_256, now: 0))
        #expect(tooLittle == nil && enough?.id == "1")
    }

    @Test func aRequestWhoseTimeIsOverIsNotSentAnyMore() {
        var waiting = Publisher.Waiting()
        for (id, deadline) in [("late", UInt64(5)), ("next", 6)] {
            var request = message(id, kind: .prompt)
            request.deadline = deadline
            _ = waiting.outbox.add(request, now: 0)
        }
        _ = waiting.outbox.add(message("event"), now: 0)
        let taken = waiting.take(bytes: .max, count: 10, 5).map(\.id)
        #expect(taken == ["next", "event"])
    }

    @Test func transientMessagesGiveWayToDurableOnes() {
        var outbox = Outbox()
        let big = 1 << 20
        for _ in 0..<16 { _ = outbox.add(message("t", bytes: big - 256, durable: false), now: 0) }
        let (another, durable) = (outbox.add(message("t", durable: false), now: 0), outbox.add(message("d"), now: 0))
        #expect(!another && durable)
    }

    @Test func droppingRequestsLeavesEvents() {
        var outbox = Outbox()
        _ = outbox.add(message("e"), now: 0)
        _ = outbox.add(message("r", kind: .prompt), now: 0)
        let dropped = outbox.dropPrompts().map(\.id)
        #expect(dropped == ["r"])
        #expect(all(&outbox) == ["e"])
        #expect(outbox.bytes == 0)
    }

    @Test func theQueueKeepsItsOrderOverManyTurns() {
        var queue = Queue<Int>()
        var (next, seen) = (0, 0)
        for turn in 0..<500 {
            for _ in 0..<(turn % 7 + 3) {
                queue.append(next)
                next += 1
            }
            for _ in 0..<min(queue.count, turn % 5 + 4) {
                #expect(queue.first == seen)
                queue.removeFirst()
                seen += 1
            }
        }
        #expect(queue.count == next - seen)
    }
}

@Suite struct AckWindowTests {
    private func window(_ tags: [UInt64], done: [UInt64]) -> [String] {
        var window = AckWindow()
        for tag in tags { window.delivered(tag) }
        for tag in done { window.settle(tag) }
        return window.flush().map { "\($0.tag)\($0.multiple ? "*" : "")" }
    }

    @Test func aFrontInOneGo() { #expect(window([3, 4, 7, 8], done: [4, 3, 7]) == ["7*"]) }
    @Test func gapsSingly() { #expect(window([1, 2, 3, 4], done: [1, 4]) == ["1", "4"]) }
    @Test func nothingThatIsNotOut() { #expect(window([5], done: [4]) == []) }

    @Test func nothingTwice() {
        var window = AckWindow()
        for tag in 1...3 { window.delivered(UInt64(tag)) }
        window.settle(2)
        let first = window.flush().map(\.tag)
        window.settle(2)
        let second = window.flush().map(\.tag)
        window.settle(1)
        window.settle(3)
        let third = window.flush().map(\.tag)
        #expect(first == [2] && second == [] && third == [3])
        #expect(window.flush().isEmpty)
    }
}

@Suite struct BackoffTests {
    @Test func waitsAreJitteredAndBounded() {
        var generator = SystemRandomNumberGenerator()
        var backoff = Backoff()
        var waits = (0..<200).map { _ in backoff.next(using: &generator) }
        #expect(waits[0] <= Backoff.first)
        #expect(waits.allSatisfy { (0...Backoff.longest).contains($0) })
        #expect(waits.contains { $0 > Backoff.longest / 2 })
        backoff.reset()
        waits = [backoff.next(using: &generator)]
        #expect(waits[0] <= Backoff.first)
    }
}
