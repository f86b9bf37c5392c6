import BusContract
import Foundation
import TelephonyModel

/// The wall clock of the office, by which timetables go; without a time zone in the directory that of this machine
/// (TZ).
struct OfficeClock: Sendable {
    private let zone: TimeZone

    /// Presence takes no zone that its machine does not know; if this one does not, its own clock is the next best.
    init(_ office: OfficeNumbers) { zone = office.timeZone.flatMap { TimeZone(identifier: $0) } ?? .current }

    var now: LocalTime {
        let now = Date()
        return LocalTime(
            milliseconds: Int64((now.timeIntervalSince1970 * 1_000).rounded(.down)),
            offset: zone.secondsFromGMT(for: now))
    }
}
