import BusContract
import TelephonyModel

/// A call's timers. Deadlines of single legs share one timer a kind, armed for the first of them.
extension Call {
    mutating func arm(_ what: TimerID.What, in milliseconds: Int64, _ work: inout Work) {
        arm(what, at: work.now + milliseconds, &work)
    }

    mutating func arm(_ what: TimerID.What, at deadline: Instant, _ work: inout Work) {
        timers[what] = deadline
        work.add(.arm(TimerID(id, what), at: deadline))
    }

    mutating func disarm(_ what: TimerID.What, _ work: inout Work) {
        guard timers.removeValue(forKey: what) != nil else { return }
        work.add(.disarm(TimerID(id, what)))
    }

    /// Keeps a shared timer at the first deadline.
    private mutating func keep(_ what: TimerID.What, at first: Instant?, _ work: inout Work) {
        guard let first else { return disarm(what, &work) }
        if timers[what] != first { arm(what, at: first, &work) }
    }

    /// Phones that ring, and the turn of the next one.
    mutating func watchRings(_ work: inout Work) {
        let next = nextRing < rings.count ? nextRingAt : nil
        keep(.ring, at: (legs.compactMap(\.ringsUntil) + [next].compactMap { $0 }).min(), &work)
    }

    mutating func watchGuards(_ work: inout Work) {
        keep(.guardKey, at: legs.compactMap { $0.asking?.until }.min(), &work)
    }

    mutating func watchPapers(_ work: inout Work) { keep(.writeAhead, at: papers.map(\.until).min(), &work) }

    /// Legs that wait for their last word.
    mutating func watchRelease(_ work: inout Work) {
        keep(.release, at: legs.compactMap(\.letGoAt).min(), &work)
    }

    /// A timer that was disarmed or armed anew has lost a race; its firing means nothing.
    mutating func fired(_ what: TimerID.What, _ work: inout Work) {
        guard let deadline = timers[what], deadline <= work.now else { return }
        timers[what] = nil
        switch what {
        case .alert: alertCaller(&work)
        case .ring: ringDue(&work)
        case .earlyMedia: noEarlyMedia(&work)
        case .guardKey: guardsDue(&work)
        case .tone: end(reason ?? .serviceFailed, &work)
        case .writeAhead: papersDue(&work)
        case .release: letGo(&work)
        case .media: tellMediaAgain(&work)
        }
    }
}
