import BusContract

/// One entry of the outbox file, and its form on disk.
///
/// A frame is a mark of four bytes (the first, 0xFF, is in no UTF-8 text, so a reader that has lost its place finds the
/// next frame), the length of what follows the head (4 bytes), CRC-32 of length and content (4 bytes), then the
/// content. Integers are little-endian.
enum OutboxRecord: Equatable, Sendable {
    /// A durable event that the broker has not confirmed.
    case event(Event)
    /// All events up to this number are settled.
    case settled(UInt64)

    struct Event: Equatable, Sendable {
        /// Its place among the events of the file: 1, 2, 3 …
        var number: UInt64
        /// When it was written down: milliseconds since 1970 by the wall clock.
        var writtenAt: Int64
        var exchange: String
        var key: String
        var type: String
        /// CloudEvents id, the same each time it is sent.
        var id: String
        var body: [UInt8]
    }

    static let mark: [UInt8] = [0xFF, 0x52, 0x42, 0xFE]
    /// Bytes before the content.
    static let head = 12
    private enum Kind { static let event: UInt8 = 1, settled: UInt8 = 2 }

    // MARK: Writing

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes += Self.mark
        bytes += [UInt8](repeating: 0, count: Self.head - Self.mark.count)
        appendContent(to: &bytes)
        let length = Self.bytes(UInt32(bytes.count - start - Self.head))
        bytes.replaceSubrange(start + 4..<start + 8, with: length)
        var crc = CRC32()
        crc.add(length)
        crc.add(bytes[(start + Self.head)...])
        bytes.replaceSubrange(start + 8..<start + 12, with: Self.bytes(crc.value))
    }

    private func appendContent(to bytes: inout [UInt8]) {
        switch self {
        case .settled(let number): bytes += [Kind.settled] + Self.bytes(number)
        case .event(let event):
            bytes += [Kind.event] + Self.bytes(event.number) + Self.bytes(UInt64(bitPattern: event.writtenAt))
            for text in [event.exchange, event.key, event.type, event.id] {
                bytes += Self.bytes(UInt16(text.utf8.count)) + Array(text.utf8)
            }
            bytes += event.body
        }
    }

    private static func bytes<I: FixedWidthInteger>(_ value: I) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    // MARK: Reading

    /// The frame that begins at `offset`, and where it ends; nil if there is none that is whole.
    static func read(_ bytes: [UInt8], at offset: Int) -> (record: OutboxRecord, end: Int)? {
        guard offset + head <= bytes.count, bytes[offset..<offset + 4].elementsEqual(mark) else { return nil }
        var reader = Reader(bytes: bytes, at: offset + 4)
        guard let length = reader.integer(UInt32.self), let wanted = reader.integer(UInt32.self) else { return nil }
        guard Int(length) <= bytes.count - offset - head else { return nil }
        let end = offset + head + Int(length)
        var crc = CRC32()
        crc.add(bytes[offset + 4..<offset + 8])
        crc.add(bytes[offset + head..<end])
        guard crc.value == wanted, let record = reader.record(until: end) else { return nil }
        return (record, end)
    }

    private struct Reader {
        let bytes: [UInt8]
        var at: Int

        mutating func integer<I: FixedWidthInteger>(_ type: I.Type) -> I? {
            let size = MemoryLayout<I>.size
            guard at + size <= bytes.count else { return nil }
            defer { at += size }
            return bytes[at..<at + size].reversed().reduce(I(0)) { $0 << 8 | I(truncatingIfNeeded: $1) }
        }

        mutating func text(until end: Int) -> String? {
            guard let count = integer(UInt16.self), at + Int(count) <= end else { return nil }
            defer { at += Int(count) }
            return String(validating: bytes[at..<at + Int(count)], as: UTF8.self)
        }

        mutating func record(until end: Int) -> OutboxRecord? {
            switch integer(UInt8.self) {
            case Kind.settled: integer(UInt64.self).map { .settled($0) }
            case Kind.event: event(until: end)
            default: nil
            }
        }

        private mutating func event(until end: Int) -> OutboxRecord? {
            guard let number = integer(UInt64.self), let writtenAt = integer(UInt64.self),
                let exchange = text(until: end), let key = text(until: end), let type = text(until: end),
                let id = text(until: end)
            else { return nil }
            return .event(
                Event(
                    number: number, writtenAt: Int64(bitPattern: writtenAt), exchange: exchange, key: key, type: type,
                    id: id, body: Array(bytes[at..<end])))
        }
    }
}
