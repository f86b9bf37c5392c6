import TelephonyModel

/// Reads times as they stand in events (RFC 3339 §5.6), without a calendar library.
enum RFC3339 {
    /// Milliseconds since 1970-01-01T00:00:00Z; digits beyond the third of a second's fraction are dropped.
    /// Nil if the text is no such time.
    static func milliseconds(_ text: String) -> Int64? {
        var scanner = Scanner(bytes: Array(text.utf8))
        guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
            let day = scanner.number(2), scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.number(2), scanner.take(":"), let minute = scanner.number(2), scanner.take(":"),
            let second = scanner.number(2), let fraction = scanner.fraction(), let offset = scanner.offset(),
            scanner.isAtEnd, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let seconds =
            ((CivilDate(year: year, month: month, day: day).daysSince1970 * 24 + hour) * 60 + minute - offset) * 60
            + second
        return seconds * 1_000 + fraction
    }

    private struct Scanner {
        let bytes: [UInt8]
        var place = 0
        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { place == bytes.count }

        mutating func take(_ letter: Unicode.Scalar) -> Bool {
            guard place < bytes.count, bytes[place] == UInt8(ascii: letter) else { return false }
            place += 1
            return true
        }

        mutating func number(_ digits: Int) -> Int64? {
            guard place + digits <= bytes.count else { return nil }
            let part = bytes[place..<place + digits]
            guard part.allSatisfy({ (48...57).contains($0) }) else { return nil }
            place += digits
            return part.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }

        /// Milliseconds; 0 if there is none.
        mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            var (value, digits) = (Int64(0), 0)
            while let digit = number(1) {
                if digits < 3 { value = value * 10 + digit }
                digits += 1
            }
            guard digits > 0 else { return nil }
            for _ in min(digits, 3)..<3 { value *= 10 }
            return value
        }

        /// Minutes ahead of UTC.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let sign: Int64 = take("+") ? 1 : take("-") ? -1 : 0
            guard sign != 0, let hours = number(2), take(":"), let minutes = number(2) else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}
