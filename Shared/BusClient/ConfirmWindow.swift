/// Messages sent and not yet confirmed, by the broker's numbers: 1, 2, 3 … on each channel.
struct ConfirmWindow {
    /// Most bytes that may be out: with more, a broker in alarm makes librabbitmq wait without end.
    static let byteLimit = 256 << 10
    /// Most messages that may be out.
    static let countLimit = 500

    private var messages: [Outgoing?] = []
    /// Number of `messages[0]`.
    private var base: UInt64 = 1
    private(set) var bytes = 0
    private(set) var count = 0
    /// How many of them somebody waits for.
    private(set) var awaited = 0

    var isEmpty: Bool { count == 0 }

    /// Whether confirms must be read as they come: somebody waits for one, or there is little room left.
    var isPressing: Bool { awaited > 0 || messages.count > Self.countLimit / 8 || bytes > Self.byteLimit / 8 }

    /// What may be sent now. A message that is larger than the limit goes alone.
    var room: (bytes: Int, count: Int) {
        if isEmpty { return (.max, Self.countLimit) }
        return (max(0, Self.byteLimit - bytes), max(0, Self.countLimit - messages.count))
    }

    mutating func add(_ message: Outgoing) {
        messages.append(message)
        bytes += message.cost
        count += 1
        if message.isAwaited { awaited += 1 }
    }

    /// What the broker has now taken, in the order it was sent.
    mutating func settle(_ tag: UInt64, multiple: Bool) -> [Outgoing] {
        guard tag >= base, tag < base + UInt64(messages.count) else { return [] }
        let last = Int(tag - base)
        var settled: [Outgoing] = []
        for index in (multiple ? 0 : last)...last {
            guard let message = messages[index] else { continue }
            settled.append(message)
            messages[index] = nil
            bytes -= message.cost
            count -= 1
            if message.isAwaited { awaited -= 1 }
        }
        let done = messages.prefix { $0 == nil }.count
        messages.removeFirst(done)
        base += UInt64(done)
        return settled
    }

    /// The message of this id, if it is out.
    func message(_ id: String) -> Outgoing? { messages.first { $0?.id == id } ?? nil }

    /// What is out, oldest first.
    var open: [Outgoing] { messages.compactMap { $0 } }
}
