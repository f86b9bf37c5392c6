import BusContract
import JournalCore
import SeatStore
import TelephonyModel
import TestSupport

extension SeededRandom {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// One queue and the journals that read it: in order, at least once, compare-and-set at the end.
struct JournalRoad {
    private(set) var queue: [SeatMessage] = []
    private(set) var rows: [UserID: SeatRow] = [:]
    /// What one journal that never fails would have, message after message.
    private(set) var ideal: [UserID: SeatRow] = [:]
    /// All before it is acknowledged; a new reader begins here.
    private var acknowledged = 0
    private var position = 0
    /// What a frozen journal has read and folded, and not yet written.
    private var frozen: (fold: SeatFold, messages: [SeatMessage])?
    private(set) var wrong: [String] = []

    var isDrained: Bool { acknowledged == queue.count && frozen == nil }

    /// - Returns: for a claim, what was written down of its seat before it.
    mutating func append(_ message: SeatMessage) -> SeatVersion? {
        let before = ideal[message.seat]?.newest.map { SeatVersion(epoch: $0.epoch, revision: $0.revision) }
        queue.append(message)
        _ = ideal[message.seat, default: SeatRow(message.seat)].take(message)
        return before
    }

    /// One batch by the journal that reads now.
    mutating func work(_ random: inout SeededRandom) -> [SeatClaim.Answer] {
        let end = min(queue.count, position + Int.random(in: 1...8, using: &random))
        let messages = Array(queue[position..<end])
        let fold = SeatFold(messages, into: rows)
        if frozen == nil, random.chance(10) {
            frozen = (fold, messages)  // Another one reads the same again.
            position = acknowledged
            return []
        }
        position = end
        let answers = write(fold)
        if random.chance(10) {
            position = acknowledged  // Killed between commit and acknowledgement.
        } else {
            acknowledged = max(acknowledged, end)
        }
        return answers
    }

    /// The frozen one wakes: it writes what it can, and answers.
    mutating func wake() -> [SeatClaim.Answer] {
        guard let (fold, messages) = frozen else { return [] }
        frozen = nil
        let missed = Set(fold.changes.filter { !isCurrent($0) }.map(\.row.seat))
        let answers = write(fold)
        // The messages of the others are folded again, from what is there now.
        let again = SeatFold(messages.filter { missed.contains($0.seat) }, into: rows)
        return answers.filter { !missed.contains($0.seat) } + write(again)
    }

    private func isCurrent(_ change: SeatFold.Change) -> Bool {
        (rows[change.row.seat] ?? SeatRow(change.row.seat)).version == change.was
    }

    private mutating func write(_ fold: SeatFold) -> [SeatClaim.Answer] {
        for change in fold.changes where isCurrent(change) {
            if change.row.version <= change.was {
                wrong.append("\(change.row.seat) went back to \(change.row.version)")
            }
            rows[change.row.seat] = change.row
        }
        return fold.outcomes.compactMap { if case .answered(let answer) = $0 { answer } else { nil } }
    }
}

/// One replica's way to the broker: papers in order, confirms late, all of it sent again after a loss.
struct Wire {
    private(set) var out: [(paper: SeatStore.Paper, number: Int, isThere: Bool)] = []

    mutating func send(_ paper: SeatStore.Paper, _ number: Int) { out.append((paper, number, false)) }

    /// The next paper that the broker gets.
    mutating func arrive() -> SeatStore.Paper? {
        guard let index = out.firstIndex(where: { !$0.isThere }) else { return nil }
        out[index].isThere = true
        return out[index].paper
    }

    /// The next confirm.
    mutating func confirm() -> (seat: UserID, number: Int)? {
        guard let first = out.first, first.isThere else { return nil }
        out.removeFirst()
        return (first.paper.message.seat, first.number)
    }

    /// The connection is lost: who knows what arrived.
    mutating func lose() { for index in out.indices { out[index].isThere = false } }
}

extension SeatStore.Paper {
    var message: SeatMessage {
        switch self {
        case .claim(let claim): .claim(claim)
        case .checkpoint(let checkpoint): .checkpoint(checkpoint)
        case .end(let end): .end(end)
        }
    }
}
