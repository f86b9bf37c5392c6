import TelephonyModel
import Testing

@Suite struct LocalTimeTests {
    /// 2026-03-01 was a Sunday, 1970-01-01 a Thursday, and time zones shift days.
    @Test(
        arguments: [
            (0, 0, Weekday.thu, 0), (-1, 0, .wed, 1_439), (-60_000, 3_600, .thu, 59), (1_772_366_400_000, 0, .sun, 720),
            (1_772_366_400_000, 13 * 3_600, .mon, 60), (1_772_366_459_999, -3_600, .sun, 660),
        ] as [(Int64, Int, Weekday, Int)])
    func countsFromUTC(_ milliseconds: Int64, _ offset: Int, _ day: Weekday, _ minute: Int) {
        #expect(LocalTime(milliseconds: milliseconds, offset: offset) == LocalTime(day, minute: minute))
    }
}
