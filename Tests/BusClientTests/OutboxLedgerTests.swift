import Testing

@testable import BusClient

private func message(_ id: String, seats: Bool = true, number: UInt64? = nil) -> Outgoing {
    Outgoing(
        exchange: "x", key: "k", type: "t", id: id, body: [], kind: .event, durable: true, isSeats: seats,
        number: number)
}

@Suite struct OutboxLedgerTests {
    private let late = OutboxLedger.patience

    /// Adds one and answers its number.
    private func add(_ ledger: inout OutboxLedger, _ id: String, seats: Bool = true, now: UInt64 = 0) -> Outgoing {
        var message = message(id, seats: seats)
        ledger.add(&message, now: now)
        return message
    }
    private func due(_ ledger: inout OutboxLedger, _ now: UInt64, bytes: Int = .max) -> [String] {
        ledger.due(now: now, bytes: bytes).map(\.id)
    }

    @Test func aSeatsEventIsWrittenOnlyWhenItsConfirmIsLate() {
        var ledger = OutboxLedger(last: 0) { _ in }
        for id in ["1", "2", "3"] { #expect(ledger.mayGo(add(&ledger, id), now: 0)) }
        ledger.settle(1)
        #expect(!ledger.isDue(now: late - 1) && due(&ledger, late - 1) == [])
        #expect(ledger.isDue(now: late) && due(&ledger, late) == ["2", "3"])
        ledger.filed([2, 3], refusal: nil)
        #expect(!ledger.isDue(now: late) && due(&ledger, late) == [] && ledger.isFiled(3))
    }

    @Test func onceConfirmsAreLateNewEventsAreWrittenAtOnce() {
        var ledger = OutboxLedger(last: 0) { _ in }
        _ = add(&ledger, "1")
        _ = due(&ledger, late)
        ledger.filed([1], refusal: nil)
        _ = add(&ledger, "2", now: late)
        #expect(due(&ledger, late) == ["2"])
    }

    @Test func whatNoSeatKeepsIsWrittenBeforeItIsSent() {
        var ledger = OutboxLedger(last: 0) { _ in }
        let (first, second) = (add(&ledger, "1"), add(&ledger, "2", seats: false))
        #expect(ledger.mayGo(first, now: 0) && !ledger.mayGo(second, now: 0) && ledger.isDue(now: 0))
        #expect(due(&ledger, 0) == ["2"])
        ledger.filed([2], refusal: nil)
        #expect(ledger.mayGo(second, now: 0) && !ledger.isDue(now: 0))
        #expect(due(&ledger, late) == ["1"], "the other one's time comes later")
    }

    @Test func aDiskThatHangsHoldsUpNothing() {
        var ledger = OutboxLedger(last: 0) { _ in }
        let (first, second) = (add(&ledger, "1", seats: false), add(&ledger, "2", seats: false, now: 1))
        let hanging = OutboxLedger.hanging
        #expect(!ledger.mayGo(first, now: hanging - 1) && !ledger.hangs(now: hanging - 1))
        #expect(ledger.mayGo(first, now: hanging) && !ledger.mayGo(second, now: hanging) && ledger.hangs(now: hanging))
        ledger.filed([1, 2], refusal: nil)
        #expect(!ledger.hangs(now: hanging) && ledger.mayGo(second, now: hanging))
    }

    @Test func whatTheFileRefusesIsSentAllTheSameAndStaysDue() {
        var ledger = OutboxLedger(last: 0) { _ in }
        let (first, second) = (add(&ledger, "1", seats: false), add(&ledger, "2", seats: false))
        ledger.filed([1], refusal: BusError(.outbox, "full"))
        #expect(ledger.mayGo(first, now: 0) && ledger.mayGo(second, now: 0) && ledger.refusal?.message == "full")
        #expect(due(&ledger, 0) == ["2"])
        ledger.filed([2], refusal: nil)
        #expect(ledger.refusal == nil && due(&ledger, late) == [])
    }

    @Test func theFileNeedsNothingUpToTheFirstThatIsOut() {
        var ledger = OutboxLedger(last: 40) { _ in }
        for id in ["41", "42", "43"] { _ = add(&ledger, id) }
        #expect(ledger.settledUpTo == 40)
        ledger.settle(42)
        #expect(ledger.settledUpTo == 40)
        ledger.settle(41)
        #expect(ledger.settledUpTo == 42)
        ledger.settle(43)
        #expect(ledger.settledUpTo == 43 && ledger.isEmpty)
        ledger.settle(43)
        #expect(ledger.settledUpTo == 43)
    }

    @Test func aBatchEndsAtItsBytes() {
        var ledger = OutboxLedger(last: 0) { _ in }
        for number in 1...10 { _ = add(&ledger, "\(number)") }
        #expect(due(&ledger, late, bytes: 600) == ["1", "2", "3"])
    }

    @Test func whatAnEarlierProcessLeftGoesFirstAndIsNotWrittenAgain() {
        var outbox = Outbox()
        _ = outbox.add(message("new"), now: 0)
        _ = outbox.add(message("question", number: nil), now: 0)
        outbox.begin(
            OutboxLedger(last: 7) { _ in }, recovered: [message("old 5", number: 5), message("old 7", number: 7)],
            now: 0)
        #expect(outbox.ledger?.due(now: late, bytes: .max).map(\.id) == ["new", "question"])
        var sent: [String] = []
        while let next = outbox.take(room: .max, now: 0) { sent.append("\(next.id) \(next.number ?? 0)") }
        #expect(sent == ["old 5 5", "old 7 7", "new 8", "question 9"] && outbox.bytes == 0)
    }
}
