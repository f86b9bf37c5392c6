import BusContract
import TelephonyModel

/// The ring plan of an incoming call: whose turn it is, and what happens when a phone is out. Busy, a mailbox, the
/// decline key or no key at one phone never end the others (PRODUCT §3.5).
extension Call {
    /// The phones that ring for this call.
    var rings: [Ring] { direction == .incoming && toDevices && route == .ring ? profile.rings : [] }

    /// Ringing has to be over in time for the fallback, and all of it before the trunk gives up.
    private var ringingEnds: Instant { startedAt + (profile.noAnswer - Limit.trunkSlack - fallbackShare) }
    private var fallbackShare: Int64 {
        profile.hasFallback ? min(Limit.fallbackShare, profile.noAnswer / 4) : 0
    }

    /// How long a phone may ring that is called now.
    func ringLimit(of leg: CallLeg, _ now: Instant) -> Instant {
        guard direction == .incoming else { return now + (leg.ring?.limit ?? Limit.targetRing) }
        let last = startedAt + (profile.noAnswer - Limit.trunkSlack)
        let plan = stage == .diverting || nextRing == .max ? last : ringingEnds
        return max(min(now + (leg.ring?.limit ?? Limit.fallbackRing), plan), now + Limit.shortestRing)
    }

    /// Reserves the line of each phone whose turn has come; it rings when line and ports are there.
    mutating func ringNext(_ work: inout Work) {
        while nextRing < rings.count, isDue(rings[nextRing], work.now) {
            begin(rings[nextRing], &work)
        }
        watchRings(&work)
    }

    /// A turn that would come too late for the trunk is none.
    private mutating func isDue(_ ring: Ring, _ now: Instant) -> Bool {
        if nextRingAt == nil { nextRingAt = nextTurn(ring, now) }
        if max(now, nextRingAt ?? now) >= ringingEnds { nextRing = rings.count }
        return nextRing < rings.count && nextRingAt.map { $0 <= now } ?? false
    }

    /// All at once have a delay each; if nothing rings, the next need not wait. In a sequence each waits for the one
    /// before.
    private func nextTurn(_ ring: Ring, _ now: Instant) -> Instant? {
        let isQuiet = usersLegs.isEmpty
        switch profile.mode {
        case .simultaneous: return isQuiet && nextRing > 0 ? now : startedAt + ring.delay
        case .single, .sequence: return isQuiet ? now + ring.delay : nil
        }
    }

    private mutating func begin(_ ring: Ring, _ work: inout Work) {
        (nextRing, nextRingAt) = (nextRing + 1, nil)
        call(ring, &work)
    }

    /// One more phone of the user's, once its line is there.
    mutating func call(_ ring: Ring, _ work: inout Work) {
        let key = nextKey(.device)
        let number = profile.dialled(ring.device)
        add(
            CallLeg(
                key, of: id, ring.device.reach, number: number, ring: ring, port: freePort(for: key), at: work.now))
        askLines([key], evenIfFull: false, &work)
    }

    // MARK: Out

    /// A phone on the user's side is out of the game, or never came into it.
    mutating func out(_ key: LegKey, _ why: EndReason, _ work: inout Work) {
        watchRings(&work)
        watchGuards(&work)
        dropPapers(of: key, &work)
        quieten(key, &work)
        if stage == .accepting(key) { stage = .ringing }
        note(why)
        if usersLegs.isEmpty { nextRingAt = nil }
        goOn(&work)
    }

    /// The others go on; the next has its turn; in the end the call goes elsewhere.
    private mutating func goOn(_ work: inout Work) {
        ringNext(&work)
        guard usersLegs.isEmpty else { return ringAgain(&work) }
        if nextRing >= rings.count { divert(&work) }
    }

    /// Nobody is asked for a key any more, others still ring.
    private mutating func ringAgain(_ work: inout Work) {
        guard phase == .guarding, legs.allSatisfy({ $0.asking == nil }) else { return }
        if usersLegs.contains(where: \.isCalling) { enter(.ringing, .ringing, &work) }
    }

    /// Of several phones' failures the most telling one decides on the fallback and stands in the journal.
    private mutating func note(_ why: EndReason) {
        guard stage == .preparing || stage == .ringing else {
            failure = failure ?? why
            return
        }
        if let failure, failure.weight >= why.weight { return }
        failure = why
    }

    /// The time of a phone, or the turn of the next one.
    mutating func ringDue(_ work: inout Work) {
        let now = work.now
        for leg in legs where leg.ringsUntil.map({ $0 <= now }) ?? false { rangEnough(leg.key, &work) }
        guard direction == .incoming, stage == .ringing || stage == .preparing else { return watchRings(&work) }
        goOn(&work)
    }

    private mutating func rangEnough(_ key: LegKey, _ work: inout Work) {
        guard let leg = self[key], leg.isCalling else { return }
        let rang = leg.rangAt != nil
        part(key, nil, &work)
        switch key.role {
        case .party: failed(key, rang ? .partyNoAnswer : .partyUnreachable, status: 480, &work)
        case .device, .fallback: failed(key, rang ? .deviceNoAnswer : .deviceUnreachable, status: 480, &work)
        }
    }

    // MARK: Stop

    /// All that rings for the user stops, but for this leg; nothing rings by itself any more.
    mutating func stopRinging(_ reason: SIPReason?, besides winner: LegKey? = nil, _ work: inout Work) {
        nextRing = .max
        for leg in usersLegs where leg.key != winner {
            part(leg.key, reason, &work)
            quieten(leg.key, &work)
            papers.removeAll { $0.what == .answer(leg.key) || $0.what == .acceptance(leg.key) }
        }
        watchRings(&work)
        watchGuards(&work)
        watchPapers(&work)
    }
}

extension EndReason {
    /// How much a phone's failure tells about its user: a decline more than silence, silence more than a dead phone.
    var weight: Int {
        switch self {
        case .deviceDeclined: 6
        case .deviceBusy: 5
        case .deviceNoAnswer: 4
        case .guardNotPassed: 3
        case .noCommonCodec: 2
        case .noLine: 1
        default: 0
        }
    }
}
