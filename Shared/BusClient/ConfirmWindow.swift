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

    var isEmpty: Bool { count == 0 }

    /// Bytes that may be sent now. A message that is larger than the limit goes alone.
    var room: Int {
        if isEmpty { return .max }
        return messages.count < Self.countLimit ? max(0, Self.byteLimit - bytes) : 0
    }

    mutating func add(_ message: Outgoing) {
        messages.append(message)
        bytes += message.cost
        count += 1
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
