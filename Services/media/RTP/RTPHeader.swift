// The header of an RTP packet (RFC 3550 §5.1): read from what the network brings, written for our own streams.

/// Why bytes are no RTP packet. The caller counts and drops.
public enum RTPError: Error, Hashable, Sendable {
    /// Shorter than its own header, CSRC list, extension or padding says.
    case truncated
    /// The version is not 2.
    case notRTP
    /// An RTCP packet on the RTP port (RFC 5761 §4).
    case control
}

public struct RTPHeader: Hashable, Sendable {
    /// Bytes of the header that `write` makes: no CSRC, no extension.
    public static var size: Int {
        @_noLocks get { 12 }
    }

    public var marker: Bool
    /// 0...127.
    public var payloadType: UInt8
    public var sequenceNumber: UInt16
    /// Samples, at the payload's clock rate.
    public var timestamp: UInt32
    public var ssrc: UInt32

    @_noLocks
    public init(marker: Bool, payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32) {
        (self.marker, self.payloadType, self.sequenceNumber) = (marker, payloadType & 0x7F, sequenceNumber)
        (self.timestamp, self.ssrc) = (timestamp, ssrc)
    }

    /// Writes the 12 bytes of the header, version 2, to the start of `bytes`.
    /// - Precondition: room for 12 bytes.
    @_noLocks
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= Self.size, "no room for an RTP header")
        bytes[0] = 0x80
        bytes[1] = (marker ? 0x80 : 0) | payloadType
        bytes.storeBytes(of: sequenceNumber.bigEndian, toByteOffset: 2, as: UInt16.self)
        bytes.storeBytes(of: timestamp.bigEndian, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
    }
}

/// One RTP packet in somebody's buffer: its header and where the payload stands.
public struct RTPPacket: Hashable, Sendable {
    public let header: RTPHeader
    /// First byte of the payload, after CSRC list and extension.
    public let payloadOffset: Int
    /// Bytes of payload, without padding; may be 0.
    public let payloadCount: Int

    /// Reads a packet; looks at nothing beyond `bytes`.
    /// - Throws: `.truncated`, `.notRTP`, or `.control` for RTCP that came to the RTP port.
    @_noLocks
    public init(reading bytes: UnsafeRawBufferPointer) throws(RTPError) {
        let total = bytes.count
        guard total >= 2 else { throw .truncated }
        let first = bytes[0], second = bytes[1]
        guard first >> 6 == 2 else { throw .notRTP }
        guard !RTCP.isType(second) else { throw .control }
        guard total >= RTPHeader.size else { throw .truncated }
        var offset = RTPHeader.size + 4 * Int(first & 0x0F)
        if first & 0x10 != 0 {
            guard total >= offset + 4 else { throw .truncated }
            offset += 4 + 4 * Int(RTPPacket.word(bytes, offset + 2))
        }
        guard total >= offset else { throw .truncated }
        payloadCount = try RTPPacket.withoutPadding(bytes, from: offset)
        payloadOffset = offset
        header = RTPHeader(
            marker: second & 0x80 != 0, payloadType: second & 0x7F, sequenceNumber: RTPPacket.word(bytes, 2),
            timestamp: RTPPacket.long(bytes, 4), ssrc: RTPPacket.long(bytes, 8))
    }

    /// The last byte of a padded packet counts the padding, itself included (§5.1).
    @_noLocks
    private static func withoutPadding(_ bytes: UnsafeRawBufferPointer, from offset: Int) throws(RTPError) -> Int {
        let rest = bytes.count - offset
        guard bytes[0] & 0x20 != 0 else { return rest }
        guard rest > 0 else { throw .truncated }
        let padding = Int(bytes[bytes.count - 1])
        guard padding > 0, padding <= rest else { throw .truncated }
        return rest - padding
    }

    @_noLocks
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    @_noLocks
    private static func long(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
        UInt32(word(bytes, offset)) << 16 | UInt32(word(bytes, offset + 2))
    }
}
