import TelephonyModel

/// What one event makes a seat do, gathered in order while the event is handled.
struct Work {
    let now: Instant
    private(set) var effects: [Seat.Effect] = []
    /// Of the seat's newest checkpoint.
    private(set) var revision: Int
    /// The user's phones that ring or talk, by the call that they are on; empty if there is one call at most.
    private let phones: [CallID: [String]]

    init(at now: Instant, revision: Int, _ calls: [Call] = []) {
        (self.now, self.revision) = (now, revision)
        phones = calls.count < 2 ? [:] : Dictionary(uniqueKeysWithValues: calls.map { ($0.id, $0.phonesInUse) })
    }

    /// Whether this phone is on another call of the user's.
    func isTaken(_ number: String, besides call: CallID) -> Bool {
        phones.contains { $0.key != call && $0.value.contains(number) }
    }

    mutating func add(_ effect: Seat.Effect) { effects.append(effect) }

    /// Asks for the seat to be written down; answers the checkpoint's revision.
    mutating func checkpoint() -> Int {
        revision += 1
        add(.checkpoint(revision: revision))
        return revision
    }
}
