import CallControl
import SIPStack
import TelephonyModel

/// A seat with what only its driver knows: its clock and the loop's handles of its timers.
final class SeatHolder {
    var seat: Seat
    let clock = SeatClock()
    var armed: [TimerID: LoopTimerID] = [:]
    var lastEventAt = Instant(milliseconds: 0)

    init(_ seat: Seat) { self.seat = seat }

    /// Whether nothing runs and what it remembered of its last calls has lapsed.
    var isForgettable: Bool { seat.isIdle && armed.isEmpty && clock.now - lastEventAt > Seat.memory }
}
