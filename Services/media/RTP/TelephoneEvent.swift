// Key presses as RTP events (RFC 4733): one payload, and telling presses apart in a stream of them.

/// The payload of one telephone-event packet (RFC 4733 §2.3).
public struct TelephoneEvent: Hashable, Sendable {
    public static var size: Int {
        @_noLocks get { 4 }
    }

    /// 0...9 digits, 10 star, 11 pound, 12...15 A...D; others are not keys (§3.2).
    public let code: UInt8
    public let isEnd: Bool
    /// Power level without its sign, in dBm0: 0...63.
    public let volume: UInt8
    /// Samples since the packet's timestamp.
    public let duration: UInt16

    public init(code: UInt8, isEnd: Bool, volume: UInt8, duration: UInt16) {
        (self.code, self.isEnd, self.volume, self.duration) = (code, isEnd, volume & 0x3F, duration)
    }

    /// Reads the first event of a payload; nil under four bytes.
    @_noLocks
    public init?(reading bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size else { return nil }
        code = bytes[0]
        isEnd = bytes[1] & 0x80 != 0
        volume = bytes[1] & 0x3F
        duration = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    /// The four bytes of the payload.
    public var bytes: [UInt8] {
        [code, (isEnd ? 0x80 : 0) | volume, UInt8(duration >> 8), UInt8(duration & 0xFF)]
    }

    /// The key as an ASCII character; nil for events that are no key.
    public var key: UInt8? {
        @_noLocks get { TelephoneEvent.key(code) }
    }

    @_noLocks
    static func key(_ code: UInt8) -> UInt8? {
        switch code {
        case 0...9: 48 + code
        case 10: 42
        case 11: 35
        case 12...15: 65 + code - 12
        default: nil
        }
    }

    /// The event code of a key ("0"..."9", "*", "#", "A"..."D"); nil for anything else.
    public static func code(of key: Character) -> UInt8? {
        guard let ascii = key.asciiValue else { return nil }
        return (0...15).first { TelephoneEvent.key($0) == ascii }
    }
}

/// Tells key presses apart by timestamp and end bit; the marker is not asked, since it is lost with its packet.
/// A press is reported with its first packet that arrives, be it the last of three ends.
public struct KeyPressDetector: Hashable, Sendable {
    /// How far back a timestamp may lie to be a late packet of an older press: 2 s at 8 kHz. Further back it is a
    /// source that began anew.
    private static let lateSamples: UInt32 = 16_000

    private var isKnown = false
    private var timestamp: UInt32 = 0
    private var code: UInt8 = 0
    private var duration: UInt16 = 0
    private var hasEnded = false

    @_noLocks
    public init() {}

    /// - Parameter timestamp: of the RTP header, the beginning of the event.
    /// - Returns: the key as an ASCII character if this packet begins a press.
    @_noLocks
    public mutating func receive(_ event: TelephoneEvent, timestamp: UInt32) -> UInt8? {
        if isKnown {
            if timestamp == self.timestamp, event.code == code {
                remember(event, timestamp)
                return nil
            }
            if self.timestamp &- timestamp &- 1 < Self.lateSamples { return nil }
            if isNextSegment(event, timestamp) {
                remember(event, timestamp)
                return nil
            }
        }
        (isKnown, hasEnded, duration) = (true, false, 0)
        remember(event, timestamp)
        return event.key
    }

    /// An event longer than 65 535 samples goes on in a new segment that begins where the last one ended (§2.5.1.3).
    @_noLocks
    private func isNextSegment(_ event: TelephoneEvent, _ timestamp: UInt32) -> Bool {
        !hasEnded && event.code == code && duration == UInt16.max && timestamp == self.timestamp &+ UInt32(duration)
    }

    @_noLocks
    private mutating func remember(_ event: TelephoneEvent, _ timestamp: UInt32) {
        if timestamp != self.timestamp { duration = 0 }
        (self.timestamp, code) = (timestamp, event.code)
        if event.duration > duration { duration = event.duration }
        if event.isEnd { hasEnded = true }
    }
}
