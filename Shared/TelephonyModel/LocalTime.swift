/// A day of the week, Monday first (ISO 8601).
public enum Weekday: String, Codable, Sendable, CaseIterable { case mon, tue, wed, thu, fri, sat, sun }

/// A minute of the week as an office's wall clock shows it.
public struct LocalTime: Hashable, Sendable {
    public let day: Weekday
    /// Since midnight, 0 to 1,439.
    public let minute: Int

    public init(_ day: Weekday, minute: Int) {
        precondition((0..<1_440).contains(minute), "a day has 1,440 minutes")
        (self.day, self.minute) = (day, minute)
    }

    /// - Parameters:
    ///   - milliseconds: since 1970, UTC.
    ///   - offset: seconds that the wall clock is ahead of UTC at that time.
    public init(milliseconds: Int64, offset: Int) {
        let minutes = Self.floored(milliseconds + Int64(offset) * 1_000, by: 60_000)
        let days = Self.floored(minutes, by: 1_440)
        let weekday = days + 3 - Self.floored(days + 3, by: 7) * 7  // 1970-01-01 was a Thursday.
        self.init(Weekday.allCases[Int(weekday)], minute: Int(minutes - days * 1_440))
    }

    private static func floored(_ value: Int64, by unit: Int64) -> Int64 {
        value >= 0 ? value / unit : (value - unit + 1) / unit
    }
}
