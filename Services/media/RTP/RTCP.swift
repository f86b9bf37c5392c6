// As much of RTCP as a receiver that reports nothing needs: telling a compound packet from noise (RFC 3550 §A.2).

public enum RTCP {
    /// What the second byte of an RTCP packet may be; as RTP it would be a marker with payload type 64...95, which
    /// nobody may use beside RTCP (RFC 5761 §4).
    @_noLocks
    static func isType(_ byte: UInt8) -> Bool { byte >= 192 && byte <= 223 }

    /// True if `bytes` is a compound packet: version 2 throughout, first a sender or receiver report without padding,
    /// padding in the last part at most, and lengths that add up to the whole.
    @_noLocks
    public static func isCompound(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let total = bytes.count
        guard total >= 8, bytes[0] & 0xE0 == 0x80, bytes[1] == 200 || bytes[1] == 201 else { return false }
        var offset = 0
        while offset + 4 <= total {
            guard bytes[offset] >> 6 == 2 else { return false }
            let next = offset + 4 + 4 * (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
            if bytes[offset] & 0x20 != 0, next != total { return false }
            offset = next
        }
        return offset == total
    }
}
