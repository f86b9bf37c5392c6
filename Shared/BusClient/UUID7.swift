import Foundation

/// A new UUIDv7 (RFC 9562 §5.7), lower case: 48 bits of Unix time in milliseconds, then random bits.
public func uuid7() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let milliseconds = UInt64(now.tv_sec) * 1_000 + UInt64(now.tv_nsec) / 1_000_000
    return uuid7(milliseconds: milliseconds, random: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
}

func uuid7(milliseconds: UInt64, random: (UInt64, UInt64)) -> String {
    let high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for nibble in 0..<32 {
        if [8, 12, 16, 20].contains(nibble) { text.append(UInt8(ascii: "-")) }
        let half = nibble < 16 ? high : low
        let value = UInt8(half >> UInt64(60 - nibble % 16 * 4) & 0xF)
        text.append(value < 10 ? 48 + value : 87 + value)
    }
    return String(decoding: text, as: UTF8.self)
}
