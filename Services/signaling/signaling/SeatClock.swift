import BusClient
import Glibc
import TelephonyModel

/// Time of one seat: instants run on the boot-time clock, which no operator turns back and which goes on while the
/// machine sleeps; for people they become wall-clock times by the difference that was found when the seat began.
struct SeatClock {
    private let startedBoot: Int64
    private let startedWall: Int64

    init() { (startedBoot, startedWall) = (Self.boot(), Self.milliseconds(CLOCK_REALTIME)) }

    var now: Instant { Instant(milliseconds: Self.boot() - startedBoot) }

    /// RFC 3339 with milliseconds.
    func text(_ instant: Instant) -> String { Timestamp.text(milliseconds: startedWall + instant.milliseconds) }

    /// Milliseconds since the machine started.
    static func boot() -> Int64 { milliseconds(CLOCK_BOOTTIME) }

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
