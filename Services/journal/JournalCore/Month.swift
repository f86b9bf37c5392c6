import TelephonyModel

/// The month under which an event is kept: a partition of the table of events.
public struct Month: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let year: Int64
    /// 1 to 12.
    public let number: Int64

    /// The month of events whose id tells no time that can be: they have a place of their own.
    public static let none = Month(year: 1970, number: 1)
    /// Milliseconds since 1970 that an id may tell: 2020 to 2099.
    private static let sensible: Range<Int64> = 1_577_836_800_000..<4_102_444_800_000

    init(year: Int64, number: Int64) { (self.year, self.number) = (year, number) }

    /// The month that a UUIDv7 was made in (RFC 9562 §5.7), in UTC; `none` for any other text. An id may go on after
    /// it with a slash: "<call>/4".
    ///
    /// An event is the same event if source and id are the same, whatever else it says. So only they may decide under
    /// which month it is looked for, and neither `time` nor the time of arrival, which a repetition need not share.
    public init(ofID id: String) {
        guard let milliseconds = Self.milliseconds(id), Self.sensible.contains(milliseconds) else {
            self = .none
            return
        }
        let date = CivilDate(daysSince1970: milliseconds / 86_400_000)
        (year, number) = (date.year, date.month)
    }

    /// Its first day: "2026-03-01".
    public var description: String { "\(year)-\(number < 10 ? "0" : "")\(number)-01" }

    public static func < (a: Month, b: Month) -> Bool { (a.year, a.number) < (b.year, b.number) }

    /// The 48 bits of Unix time that a UUIDv7 begins with.
    private static func milliseconds(_ id: String) -> Int64? {
        guard id.utf8.count == 36 || id.utf8.dropFirst(36).first == UInt8(ascii: "/") else { return nil }
        var (value, digits) = (Int64(0), 0)
        for (place, byte) in id.utf8.prefix(36).enumerated() {
            if [8, 13, 18, 23].contains(place) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = digit(byte) else { return nil }
            if place == 14, digit != 7 { return nil }  // The version.
            if digits < 12 { value = value << 4 | digit }
            digits += 1
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int64(byte) - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int64(byte) - 87
        default: nil
        }
    }
}
