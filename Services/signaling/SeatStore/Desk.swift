import BusContract
import TelephonyModel

/// What one event needs and does, gathered while it is handled.
struct Desk {
    let owner: SeatOwner
    let now: Instant
    var isPassive: Bool
    private(set) var number: Int
    var counters: SeatStore.Counters
    private(set) var effects: [SeatStore.Effect] = []
    /// Seats of which nothing is to be written any more.
    var over: [UserID] = []

    init(owner: SeatOwner, now: Instant, isPassive: Bool, number: Int, counters: SeatStore.Counters) {
        (self.owner, self.now, self.isPassive) = (owner, now, isPassive)
        (self.number, self.counters) = (number, counters)
    }

    mutating func add(_ effect: SeatStore.Effect) { effects.append(effect) }

    /// Answers the paper's number.
    mutating func send(_ paper: SeatStore.Paper) -> Int {
        number += 1
        add(.send(paper, number: number))
        return number
    }
}
