import TelephonyModel
import Testing

@Suite struct CivilDateTests {
    /// Days since 1970-01-01: turns of centuries, leap days, the ends of what RFC 3339 can write.
    @Test(
        arguments: [
            (0, 1970, 1, 1), (-1, 1969, 12, 31), (11_016, 2000, 2, 29), (11_017, 2000, 3, 1), (5_580, 1985, 4, 12),
            (-25_509, 1900, 2, 28), (-25_508, 1900, 3, 1), (-719_468, 0, 3, 1), (-719_528, 0, 1, 1),
            (2_932_896, 9999, 12, 31),
        ] as [(Int64, Int64, Int64, Int64)])
    func knownDays(_ days: Int64, _ year: Int64, _ month: Int64, _ day: Int64) {
        #expect(CivilDate(daysSince1970: days) == CivilDate(year: year, month: month, day: day))
        #expect(CivilDate(year: year, month: month, day: day).daysSince1970 == days)
    }

    /// Each day follows the one before, over 800 years.
    @Test func daysFollowEachOther() {
        let lengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var before = CivilDate(daysSince1970: -146_098)
        for days in Int64(-146_097)...146_097 {
            let date = CivilDate(daysSince1970: days)
            let isLeap = before.year % 4 == 0 && (before.year % 100 != 0 || before.year % 400 == 0)
            let length = lengths[Int(before.month) - 1] + (before.month == 2 && isLeap ? 1 : 0)
            let next =
                before.day < length
                ? CivilDate(year: before.year, month: before.month, day: before.day + 1)
                : CivilDate(year: before.year + before.month / 12, month: before.month % 12 + 1, day: 1)
            if date != next || date.daysSince1970 != days {
                Issue.record("\(date) follows \(before)")
                return
            }
            before = date
        }
    }
}
