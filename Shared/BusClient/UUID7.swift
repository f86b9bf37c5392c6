import Foundation
import Synchronization

/// A new UUIDv7 (RFC 9562 §5.7), lower case: 48 bits of Unix time in milliseconds, then random bits.
public func uuid7() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let milliseconds = UInt64(now.tv_sec) * 1_000 + UInt64(now.tv_nsec) / 1_000_000
    return uuid7(milliseconds: milliseconds, random: randomWords.withLock { ($0.next(), $0.next()) })
}

func uuid7(milliseconds: UInt64, random: (UInt64, UInt64)) -> String {
    let high = milliseconds << 16 | 0x7000 | random.0 & 0x0FFF
    let low = 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF
    return String(unsafeUninitializedCapacity: 36) { text in
        var place = 0
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                text.initializeElement(at: place, to: UInt8(ascii: "-"))
                place += 1
            }
            let half = nibble < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - nibble % 16 * 4)) & 0xF
            text.initializeElement(at: place, to: value < 10 ? 48 + value : 87 + value)
            place += 1
        }
        return place
    }
}

/// The system's random numbers, fetched many at a time: each message has an id, and each fetch is a system call.
private let randomWords = Mutex(RandomWords())

private struct RandomWords {
    private static let fetched = 64
    private var words: [UInt64] = []

    mutating func next() -> UInt64 {
        if let word = words.popLast() { return word }
        words = [UInt64](unsafeUninitializedCapacity: Self.fetched) { buffer, count in
            if let place = buffer.baseAddress { arc4random_buf(place, Self.fetched * 8) }
            count = Self.fetched
        }
        return words.removeLast()
    }
}
