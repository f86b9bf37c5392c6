/// Deliveries that are out, and which of them are done: turns single acknowledgements into few on the wire.
struct AckWindow {
    private var tags: [UInt64] = []
    private var done: Set<UInt64> = []

    /// Tags only grow on a channel.
    mutating func delivered(_ tag: UInt64) { tags.append(tag) }

    /// Marks one as done; one that is not out (settled twice, or of an earlier connection) is passed over.
    mutating func settle(_ tag: UInt64) { done.insert(tag) }

    /// What to send: one for all up to the first that is not done, then the others singly.
    mutating func flush() -> [(tag: UInt64, multiple: Bool)] {
        defer { done.removeAll(keepingCapacity: true) }
        guard !done.isEmpty else { return [] }
        let front = tags.prefix { done.contains($0) }
        var acks = front.last.map { [(tag: $0, multiple: front.count > 1)] } ?? []
        acks += tags.dropFirst(front.count).filter { done.contains($0) }.map { ($0, false) }
        tags.removeAll { done.contains($0) }
        return acks
    }
}
