/// What the bytes of an outbox file say: the events that are still to be sent, and where it is damaged. A damaged place
/// costs what stands in it and nothing that follows: reading goes on at the next frame that is whole.
struct OutboxScan: Equatable {
    /// What cannot be read.
    struct Damage: Equatable, Sendable {
        let offset: Int
        let bytes: Int
        /// Nothing readable follows: a write that did not end, as a process or a machine that dies leaves it.
        let isTail: Bool
    }
    struct Live: Equatable {
        let event: OutboxRecord.Event
        /// The bytes of its frame.
        let place: Range<Int>
    }

    static let header = Array("RUFBUS outbox 1\n".utf8)
    /// All headers begin so; what follows is the version.
    static let family = Array("RUFBUS outbox ".utf8)

    /// Not settled, in the order of their numbers, each id once.
    private(set) var live: [Live] = []
    private(set) var damages: [Damage] = []
    /// Where what can be read ends.
    private(set) var end: Int
    /// The highest number that was given.
    private(set) var last: UInt64 = 0

    /// - Parameter bytes: the whole file, its header checked.
    init(_ bytes: [UInt8]) {
        end = min(Self.header.count, bytes.count)
        var (offset, settled) = (end, UInt64(0))
        while offset < bytes.count {
            guard let (record, next) = OutboxRecord.read(bytes, at: offset) else {
                offset = damaged(bytes, at: offset)
                continue
            }
            take(record, offset..<next, &settled)
            (offset, end) = (next, next)
        }
        tidy(settled)
    }

    /// Answers where to go on.
    private mutating func damaged(_ bytes: [UInt8], at offset: Int) -> Int {
        let next = (offset + 1..<bytes.count).first {
            bytes[$0] == OutboxRecord.mark[0] && OutboxRecord.read(bytes, at: $0) != nil
        }
        damages.append(Damage(offset: offset, bytes: (next ?? bytes.count) - offset, isTail: next == nil))
        return next ?? bytes.count
    }

    private mutating func take(_ record: OutboxRecord, _ place: Range<Int>, _ settled: inout UInt64) {
        switch record {
        case .event(let event):
            live.append(Live(event: event, place: place))
            last = max(last, event.number)
        case .settled(let number):
            settled = max(settled, number)
            last = max(last, number)
        }
    }

    /// Events stand in the order in which they were written down, which is not always that of their numbers.
    private mutating func tidy(_ settled: UInt64) {
        var seen: Set<String> = []
        live = live.filter { $0.event.number > settled && seen.insert($0.event.id).inserted }
        live.sort { $0.event.number < $1.event.number }
    }
}
