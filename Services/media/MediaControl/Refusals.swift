import BusContract
import TelephonyModel

// What this instance refuses, in words.

extension Refusal {
    static func stale(_ seat: UserID, _ epoch: Int, _ last: Int) -> Refusal {
        Refusal(
            409, "old-epoch",
            "Seat \(seat) has a new owner (epoch \(last), asked in epoch \(epoch)): let go of the seat's media."
        )
    }
    static func unknown(_ call: CallID) -> Refusal {
        Refusal(
            404, "no-such-call", "Call \(call) has no media here: it was closed, or this instance was started again.")
    }
    static func closed(_ call: CallID) -> Refusal {
        Refusal(409, "call-closed", "The media of call \(call) is closed: a new talk needs a new call.")
    }
    static func notYetOpen(_ call: CallID) -> Refusal {
        Refusal(
            409, "not-yet-open", "The media of call \(call) is being opened: wait for the answer to open."
        )
    }
    static func otherLegs(_ call: CallID) -> Refusal {
        Refusal(
            409, "other-legs",
            "Call \(call) is open with other legs: name the same ones, or close it first.")
    }
    static func usedLeg(_ leg: LegID) -> Refusal {
        Refusal(
            409, "leg-exists", "Leg \(leg) belongs to another call: leg ids are unique in the house.")
    }
    static var stopping: Refusal {
        Refusal(503, "stopping", "This media instance is being stopped: ask another one.")
    }
}
