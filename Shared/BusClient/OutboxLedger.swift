/// Which durable events are not settled yet, and which of them the outbox file has. Says what is to be written down:
/// what no seat keeps, before it is sent; and everything, once the oldest has waited `patience` for its confirm.
///
/// A value behind the publisher's lock: it copies no bodies and touches no file.
struct OutboxLedger {
    /// Nanoseconds without a confirm after which every event goes to the file.
    static let patience = UInt64.milliseconds(250)
    /// Nanoseconds after which a disk that has not taken an event hangs.
    static let hanging = UInt64.milliseconds(2_000)

    private struct Entry {
        let message: Outgoing
        let number: UInt64
        let since: UInt64
        var isFiled = false
        var isSettled = false
    }
    /// By rising number; the first is not settled.
    private var entries = Queue<Entry>()
    private var next: UInt64
    /// Entries before this index are filed or settled.
    private var cursor = 0
    /// Not filed, not settled, and not a seat's.
    private var urgent = Queue<UInt64>()
    /// Why the file takes nothing for now.
    private(set) var refusal: BusError?
    /// Told of each event's end, on the thread that ends it.
    private let onEnd: @Sendable (UInt64) -> Void

    /// - Parameters:
    ///   - last: the highest number in the file.
    ///   - onEnd: leads to `settle`.
    init(last: UInt64, onEnd: @escaping @Sendable (UInt64) -> Void) { (next, self.onEnd) = (last + 1, onEnd) }

    /// All up to this number are settled.
    var settledUpTo: UInt64 { (entries.first?.number ?? next) - 1 }
    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ message: inout Outgoing, now: UInt64) {
        follow(&message, next)
        entries.append(Entry(message: message, number: next, since: now))
        if !message.isSeats { urgent.append(next) }
        next += 1
    }

    /// One that the file has from an earlier process, with its number.
    mutating func addFiled(_ message: inout Outgoing, now: UInt64) {
        guard let number = message.number else { preconditionFailure("a recovered event without its number") }
        precondition(number < next, "a number that the file has not given")
        follow(&message, number)
        entries.append(Entry(message: message, number: number, since: now, isFiled: true))
    }

    private func follow(_ message: inout Outgoing, _ number: UInt64) {
        message.number = number
        message.settled = { [settled = message.settled, onEnd] outcome in
            onEnd(number)
            settled?(outcome)
        }
    }

    /// Whether it may be sent: a seat keeps it, or the file has it, or the file takes nothing, or its disk hangs.
    func mayGo(_ message: Outgoing, now: UInt64) -> Bool {
        guard let number = message.number, !message.isSeats, refusal == nil else { return true }
        guard let first = urgent.first, number >= first else { return true }
        return index(of: number).map { entries[$0].since + Self.hanging <= now } ?? true
    }

    /// Whether the disk has let the oldest wait for so long that it is not waited for.
    func hangs(now: UInt64) -> Bool {
        urgent.first.flatMap { index(of: $0) }.map { entries[$0].since + Self.hanging <= now } ?? false
    }

    /// The broker has it, or it was given up.
    mutating func settle(_ number: UInt64) {
        guard let index = index(of: number) else { return }
        entries[index].isSettled = true
        while let first = entries.first, first.isSettled {
            entries.removeFirst()
            cursor = max(0, cursor - 1)
        }
    }

    /// Whether confirms stay out.
    func isLate(now: UInt64) -> Bool { entries.first.map { $0.since + Self.patience <= now } ?? false }

    /// Whether something is to be written down now.
    func isDue(now: UInt64) -> Bool { !urgent.isEmpty || isLate(now: now) && cursor < entries.count }

    /// What is to be written down now, in order, about `bytes` of it at most.
    mutating func due(now: UInt64, bytes: Int) -> [Outgoing] {
        let all = isLate(now: now)
        var (found, size, index) = ([Outgoing](), 0, all ? cursor : urgentStart)
        while index < entries.count, size < bytes {
            let entry = entries[index]
            if !entry.isFiled, !entry.isSettled, all || !entry.message.isSeats {
                found.append(entry.message)
                size += entry.message.cost
            }
            index += 1
        }
        if found.isEmpty { urgent = Queue() }
        return found
    }

    private var urgentStart: Int { urgent.first.map { lowerBound($0) } ?? entries.count }

    /// The file has these now, and says no to those after them if there is a `refusal`.
    mutating func filed(_ numbers: [UInt64], refusal: BusError?) {
        self.refusal = refusal
        for number in numbers { if let index = index(of: number) { entries[index].isFiled = true } }
        while cursor < entries.count, entries[cursor].isFiled || entries[cursor].isSettled { cursor += 1 }
        while let first = urgent.first, numbers.last.map({ first <= $0 }) == true { urgent.removeFirst() }
    }

    /// Whether the file has it, and it is not settled.
    func isFiled(_ number: UInt64) -> Bool { index(of: number).map { entries[$0].isFiled } ?? false }

    private func index(of number: UInt64) -> Int? {
        let index = lowerBound(number)
        return index < entries.count && entries[index].number == number ? index : nil
    }

    /// The first entry whose number is not lower.
    private func lowerBound(_ number: UInt64) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
