/// What waits to be sent. Requests and replies go first; events keep their order. Bounded: a message that does not fit
/// is refused, the older ones stay.
struct Outbox {
    /// Bytes of durable events that may wait (some 100,000 events).
    static let durableLimit = 64 << 20
    /// Bytes of all that may wait when something transient comes: transient events give way to durable ones.
    static let transientLimit = 16 << 20
    /// Bytes from which on no new work is to be begun: the rest is for what runs.
    static let newWorkLimit = 48 << 20

    private var prompts = Queue<Outgoing>()
    private var events = Queue<Outgoing>()
    private(set) var bytes = 0
    /// Which durable events are in the outbox file; nil without a file.
    var ledger: OutboxLedger?

    var isEmpty: Bool { prompts.isEmpty && events.isEmpty }
    var hasPrompts: Bool { !prompts.isEmpty }
    var count: Int { prompts.count + events.count }

    /// False if there is no room.
    mutating func add(_ message: Outgoing, now: UInt64) -> Bool {
        let limit = message.durable ? Self.durableLimit : Self.transientLimit
        guard bytes + message.cost <= limit else { return false }
        bytes += message.cost
        if message.kind == .prompt {
            prompts.append(message)
        } else {
            events.append(message.outlivesProcess ? numbered(message, now) : message)
        }
        return true
    }

    private mutating func numbered(_ message: Outgoing, _ now: UInt64) -> Outgoing {
        var message = message
        ledger?.add(&message, now: now)
        return message
    }

    /// From now on the file keeps durable events: what an earlier process left goes before all that waits.
    mutating func begin(_ ledger: OutboxLedger, recovered: [Outgoing], now: UInt64) {
        precondition(self.ledger == nil, "a second outbox file")
        self.ledger = ledger
        var recovered = recovered
        for index in recovered.indices { self.ledger?.addFiled(&recovered[index], now: now) }
        let early = events.removeAll().map { $0.outlivesProcess ? numbered($0, now) : $0 }
        events.prepend(recovered + early)
        bytes += recovered.reduce(0) { $0 + $1.cost }
    }

    /// The next to be sent, if it costs no more than `room`; nil otherwise.
    mutating func take(room: Int, now: UInt64) -> Outgoing? {
        guard let first = prompts.first ?? events.first, first.cost <= room, ledger?.mayGo(first, now: now) != false
        else {
            return nil
        }
        if prompts.isEmpty { events.removeFirst() } else { prompts.removeFirst() }
        bytes -= first.cost
        return first
    }

    /// Events that were sent and not confirmed go before all others, in their old order.
    mutating func putBack(_ messages: [Outgoing]) {
        bytes += messages.reduce(0) { $0 + $1.cost }
        events.prepend(messages)
    }

    /// Takes the requests and replies out.
    mutating func dropPrompts() -> [Outgoing] { counted(prompts.removeAll()) }

    mutating func dropAll() -> [Outgoing] {
        counted(prompts.removeAll() + events.removeAll())
    }

    private mutating func counted(_ gone: [Outgoing]) -> [Outgoing] {
        bytes -= gone.reduce(0) { $0 + $1.cost }
        return gone
    }
}

/// First in, first out; constant time on average.
struct Queue<Element> {
    private var storage: [Element?] = []
    private var head = 0

    var count: Int { storage.count - head }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : storage[head] }

    /// `index` counts from the first.
    subscript(index: Int) -> Element {
        get {
            guard let element = storage[head + index] else { preconditionFailure("an element that was taken") }
            return element
        }
        set { storage[head + index] = newValue }
    }

    mutating func append(_ element: Element) { storage.append(element) }

    mutating func removeFirst() {
        storage[head] = nil
        head += 1
        if head == storage.count { (storage, head) = ([], 0) }
        if head > 1_024, head * 2 > storage.count {
            storage.removeFirst(head)
            head = 0
        }
    }

    mutating func removeAll() -> [Element] {
        defer { (storage, head) = ([], 0) }
        return storage[head...].compactMap { $0 }
    }

    mutating func prepend(_ elements: [Element]) { (storage, head) = (elements + storage[head...], 0) }
}

extension Queue: Sendable where Element: Sendable {}
