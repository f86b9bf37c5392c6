import TelephonyModel

/// What one event makes a seat do, gathered in order while the event is handled.
struct Work {
    let now: Instant
    private(set) var effects: [Seat.Effect] = []
    /// Of the seat's newest checkpoint.
    private(set) var revision: Int

    init(at now: Instant, revision: Int) { (self.now, self.revision) = (now, revision) }

    mutating func add(_ effect: Seat.Effect) { effects.append(effect) }

    /// Asks for the seat to be written down; answers the checkpoint's revision.
    mutating func checkpoint() -> Int {
        revision += 1
        add(.checkpoint(revision: revision))
        return revision
    }
}
