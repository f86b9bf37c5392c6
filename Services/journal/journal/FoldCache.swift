import JournalCore
import TelephonyModel

/// The folds of calls that this process wrote lately. One queue has one reader at a time, so hardly anybody else
/// changes them, and a call's next event needs no look into the database. Where it is wrong, the row's version shows
/// it.
struct FoldCache {
    /// Calls that are not final yet: events of theirs will come.
    private var running = Generations(most: 4_096)
    /// Of those that are, little comes, and soon: what media says at its end, and what a sender repeats.
    private var final = Generations(most: 512)

    subscript(_ call: CallID) -> KnownFold? { running[call] ?? final[call] }

    mutating func keep(_ known: KnownFold) {
        guard known.fold.isFinal else { return running.keep(known) }
        running.forget(known.fold.call)
        final.keep(known)
    }

    /// What is known of a call of which these events came: a call's first event says that there was nothing before.
    func known(_ call: CallID, _ events: [LoggedEvent]) -> KnownFold? {
        if let known = self[call] { return known }
        let first = events.lazy.compactMap(\.position).first { $0.epoch == 1 && $0.sequence == 1 }
        return first.map { KnownFold(fold: CallFold($0), version: 0) }
    }

    /// So many calls in each of two generations; the older one goes when the younger one is full.
    private struct Generations {
        let most: Int
        private var young: [CallID: KnownFold] = [:]
        private var old: [CallID: KnownFold] = [:]

        init(most: Int) { self.most = most }

        subscript(_ call: CallID) -> KnownFold? { young[call] ?? old[call] }

        mutating func keep(_ known: KnownFold) {
            if young.count >= most { (old, young) = (young, [:]) }
            young[known.fold.call] = known
        }

        mutating func forget(_ call: CallID) {
            young[call] = nil
            old[call] = nil
        }
    }
}
