import Foundation
import TelephonyModel

/// RFC 3339 in UTC with milliseconds ("2026-03-01T12:00:00.123Z"): the only form of time on the bus.
public enum Timestamp {
    /// Now, by the wall clock: for display, never for order.
    public static func now() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return text(milliseconds: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000)
    }

    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z; years 0 to 9999.
    public static func text(milliseconds: Int64) -> String {
        let (days, rest) = milliseconds.dividedFlooring(by: 86_400_000)
        let date = CivilDate(daysSince1970: days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func put(_ value: Int64, _ digits: Int, _ end: Character) {
            var power = digits == 4 ? Int64(1_000) : digits == 3 ? 100 : 10
            while power > 0 {
                text.append(48 + UInt8(value / power % 10))
                power /= 10
            }
            text.append(end.asciiValue ?? 0)
        }
        put(date.year, 4, "-")
        put(date.month, 2, "-")
        put(date.day, 2, "T")
        put(rest / 3_600_000, 2, ":")
        put(rest / 60_000 % 60, 2, ":")
        put(rest / 1_000 % 60, 2, ".")
        put(rest % 1_000, 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z of a text in exactly this form; nil otherwise.
    public static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        let shape = Array("0000-00-00T00:00:00.000Z".utf8)
        guard bytes.count == shape.count else { return nil }
        for (byte, wanted) in zip(bytes, shape) {
            guard wanted == 48 ? (48...57).contains(byte) : byte == wanted else { return nil }
        }
        func number(_ from: Int, _ count: Int) -> Int64 {
            bytes[from..<from + count].reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        let (month, day, hour, minute, second) = (
            number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2)
        )
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
        let time = ((hour * 60 + minute) * 60 + second) * 1_000 + number(20, 3)
        return CivilDate(year: number(0, 4), month: month, day: day).daysSince1970 * 86_400_000 + time
    }
}

extension Int64 {
    fileprivate func dividedFlooring(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
