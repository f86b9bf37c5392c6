import BusContract
import TelephonyModel

/// What a new owner asks again. All of it may be asked twice: ports and lines are the same on a second request, a
/// media plan is a state and no difference, a checkpoint only grows. Presence keeps lines that stand, however full the
/// trunk is, and heeds no request of an owner of before; so what it says in this epoch is its last word.
extension Call {
    mutating func adopted(in epoch: Int, _ work: inout Work) {
        self.epoch = epoch
        askLinesAgain(&work)
        if !owedLines.isEmpty { work.add(.release(position, owedLines)) }
        if media == .opening { work.add(.openMedia(position, legs: mediaLegs)) }
        command(planAgain, &work)
        if let awaited { work.add(.checkpoint(revision: awaited)) }
        for what in TimerID.What.allCases {
            if let deadline = timers[what] { work.add(.arm(TimerID(id, what), at: deadline)) }
        }
    }

    private func askLinesAgain(_ work: inout Work) {
        let asked = legs.filter { $0.lines == .asked }.map(\.key)
        if direction == .outgoing {
            if !asked.isEmpty { askLines(asked, evenIfFull: false, &work) }
            return
        }
        for key in asked { askLines([key], evenIfFull: key == .party, &work) }
    }

    /// The key may have been pressed while nobody owned the seat: the guard asks again.
    private var planAgain: [MediaCommand] { mediaPlan + guardCommands }
}
