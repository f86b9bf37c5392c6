import BusContract
import TelephonyModel

/// What the far side will remember is written down first (a 2xx that we got before its ACK, a 2xx of ours before it
/// leaves), at most for a quarter of a second. A new owner writes it down again.
struct WriteAhead: Codable, Hashable, Sendable {
    enum What: Codable, Hashable, Sendable {
        /// This leg's 2xx came; its ACK follows.
        case answer(LegKey)
        /// This leg's guard is passed; our 200 to the caller follows.
        case acceptance(LegKey)
    }
    var what: What
    var revision: Int
    var until: Instant
}

extension Call {
    mutating func writeAhead(_ what: WriteAhead.What, _ work: inout Work) {
        papers.append(WriteAhead(what: what, revision: work.checkpoint(), until: work.now + Limit.writeAhead))
        watchPapers(&work)
    }

    /// The newest revision that is waited for.
    var awaited: Int? { papers.map(\.revision).max() }

    mutating func checkpointConfirmed(_ revision: Int, _ work: inout Work) {
        written(&work) { $0.revision <= revision }
    }

    /// Without a confirm in time the call goes on, unprotected.
    mutating func papersDue(_ work: inout Work) {
        let now = work.now
        if papers.contains(where: { $0.until <= now }) { unprotected = true }
        written(&work) { $0.until <= now }
    }

    private mutating func written(_ work: inout Work, _ isDone: (WriteAhead) -> Bool) {
        let done = papers.filter(isDone)
        papers.removeAll(where: isDone)
        watchPapers(&work)
        for paper in done {
            switch paper.what {
            case .answer(let leg): if self[leg]?.dialog == .answering { acknowledged(leg, &work) }
            case .acceptance(let leg): if stage == .accepting(leg) { accept(leg, after: [], &work) }
            }
        }
    }

    /// Nothing of this leg is waited for any more.
    mutating func dropPapers(of leg: LegKey, _ work: inout Work) {
        papers.removeAll { $0.what == .answer(leg) || $0.what == .acceptance(leg) }
        watchPapers(&work)
    }
}
