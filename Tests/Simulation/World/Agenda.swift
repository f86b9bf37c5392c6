import TelephonyModel

/// What is to happen, by time; at the same time in the order of asking. A binary heap.
struct Agenda<Happening> {
    private struct Entry {
        let at: Instant
        let order: Int
        let happening: Happening
        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.order) < (b.at, b.order) }
    }
    private var heap: [Entry] = []
    private var orders = 0

    mutating func add(_ happening: Happening, at: Instant) {
        orders += 1
        heap.append(Entry(at: at, order: orders, happening: happening))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (at: Instant, happening: Happening)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink()
        return (first.at, first.happening)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
