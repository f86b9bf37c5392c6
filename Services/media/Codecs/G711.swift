import CSpanDSP
import TelephonyModel

/// G.711 both laws, by whole buffers. Not for the real-time worker, which copies bytes and uses `transcoding`.
public enum G711 {
    /// One byte a sample.
    public static func encode(_ samples: [Int16], as codec: Codec) -> [UInt8] {
        switch codec {
        case .pcma: samples.map { linear_to_alaw(Int32($0)) }
        case .pcmu: samples.map { linear_to_ulaw(Int32($0)) }
        }
    }

    /// One sample a byte.
    public static func decode(_ bytes: [UInt8], from codec: Codec) -> [Int16] {
        switch codec {
        case .pcma: bytes.map { alaw_to_linear($0) }
        case .pcmu: bytes.map { ulaw_to_linear($0) }
        }
    }

    /// The byte of the other law for each of the 256 bytes of `codec` (G.711 tables 3 and 4).
    public static func transcoding(from codec: Codec) -> [UInt8] {
        switch codec {
        case .pcma: (0...255).map { alaw_to_ulaw($0) }
        case .pcmu: (0...255).map { ulaw_to_alaw($0) }
        }
    }
}
