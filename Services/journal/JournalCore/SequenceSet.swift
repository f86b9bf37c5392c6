/// Which sequences of one epoch are there, as ranges in order that do not touch: one range for a call without a gap.
struct SequenceSet: Codable, Hashable, Sendable {
    private(set) var ranges: [ClosedRange<Int>] = []

    var lowest: Int? { ranges.first?.lowerBound }

    mutating func insert(_ number: Int) {
        let place = ranges.firstIndex { number <= $0.upperBound } ?? ranges.count
        if place < ranges.count, ranges[place].contains(number) { return }
        var joined = number...number
        if place < ranges.count, ranges[place].lowerBound - 1 == number {
            joined = number...ranges.remove(at: place).upperBound
        }
        if place > 0, ranges[place - 1].upperBound + 1 == number {
            ranges[place - 1] = ranges[place - 1].lowerBound...joined.upperBound
        } else {
            ranges.insert(joined, at: place)
        }
    }

    /// Those below `limit`.
    func below(_ limit: Int) -> [ClosedRange<Int>] {
        ranges.filter { $0.lowerBound < limit }.map { $0.lowerBound...min($0.upperBound, limit - 1) }
    }
}
