import BusContract
import TelephonyModel

/// Follow-Me: the office number was called, the user's phones ring; who is not there goes to the fallback.
/// The caller hears ringback within a second and gets a 200 only when somebody is really there.
extension Call {
    mutating func arrive(_ work: inout Work) {
        publish(.started, &work)
        guard offer != .unusable else { return end(.noCommonCodec, answering: .status(488), &work) }
        switch route {
        case .blocked: return end(.callerBlocked, answering: .status(603), &work)
        case .groupNotWanted: return end(.notRung, &work)
        case .fallback(let reason) where profile.fallback(for: reason) == nil: return handBack(&work)
        case .ring where !toDevices && profile.fallback(for: .busy) == nil:
            failure = .deviceBusy
            return handBack(&work)
        case .ring, .fallback, .divert: break
        }
        arm(.alert, in: Limit.alert, &work)
        askLines([.party], evenIfFull: true, &work)
        openMedia(&work)
        tryFirst(&work)
    }

    private mutating func tryFirst(_ work: inout Work) {
        switch route {
        case .ring where toDevices: ringNext(&work)
        case .ring:
            failure = .deviceBusy
            divert(&work)
        case .divert(let to):
            failure = .notRung
            divert(to, &work)
        case .fallback:
            failure = .notRung
            divert(&work)
        case .blocked, .groupNotWanted: break
        }
    }

    /// 180 without SDP, once.
    mutating func alertCaller(_ work: inout Work) {
        guard self[.party]?.dialog == .arrived(ringing: false) else { return }
        disarm(.alert, &work)
        self[.party]?.dialog = .arrived(ringing: true)
        self[.party]?.rangAt = work.now
        work.add(.provisional(legID(.party), status: 180))
    }

    /// Somebody is there. Joined first, then the 200: no clipped first word (PRODUCT §3.3).
    mutating func accept(_ key: LegKey, after commands: [MediaCommand], _ work: inout Work) {
        guard let audio = localAudio(.party) else { return defect("accepting without ports", &work) }
        disarm(.alert, &work)
        tellLosers()
        join(key, after: commands, &work)
        self[.party]?.dialog = .accepted
        self[.party]?.answeredAt = work.now
        self[.party]?.status = 200
        work.add(.accept(legID(.party), audio))
        stopRinging(.completedElsewhere, besides: key, &work)
        publish(.answered, of: .party, &work)
        talk(key, &work)
    }

    /// A CANCEL that still waits for its provisional answer says now that somebody else answered (RFC 3326).
    private mutating func tellLosers() {
        for index in legs.indices {
            guard case .cancelled(false, _, let until) = legs[index].dialog else { continue }
            legs[index].dialog = .cancelled(sent: false, .completedElsewhere, until: until)
        }
    }

    /// The caller gave up. Whoever has just answered hears busy instead of nothing.
    mutating func callerGone(_ reason: SIPReason?, _ work: inout Work) {
        let elsewhere = reason?.isCompletedElsewhere == true
        let why = elsewhere ? EndReason.takenElsewhere : .missed
        let cancelling = elsewhere ? reason : nil
        switch stage {
        case .tone, .ending: break
        case .preparing, .ringing, .diverting, .accepting:
            let there = legs.filter { $0.isUsers && [.answering, .up].contains($0.dialog) }
            if there.isEmpty { return end(why, cancelling: cancelling, &work) }
            sayGoodbye(to: there.map(\.key), why, cancelling, &work)
        case .dialing, .talking: end(why, cancelling: cancelling, &work)
        }
    }

    private mutating func sayGoodbye(
        to there: [LegKey], _ why: EndReason, _ cancelling: SIPReason?, _ work: inout Work
    ) {
        disarm(.alert, &work)
        (reason, endedBy, stage, nextRing, papers) = (why, why.doer, .tone, .max, [])
        var asked: [MediaCommand] = []
        for key in there where self[key]?.asking != nil {
            self[key]?.asking = nil
            asked.append(.stopCollecting(portID(key)))
        }
        watchGuards(&work)
        watchPapers(&work)
        for leg in usersLegs where !there.contains(leg.key) { part(leg.key, cancelling, &work) }
        watchRings(&work)
        let commands = there.flatMap { self[$0]?.dialog == .answering ? pickUp($0, &work) : [] }
        command(asked + commands + there.flatMap { hear($0, .tone(.busy)) }, &work)
        arm(.tone, in: Limit.farewellTone, &work)
    }
}
