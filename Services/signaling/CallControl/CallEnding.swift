import BusContract
import TelephonyModel

/// The end of a call and of its legs. Order, always: each leg's `leg.ended`, then one `call.ended`, so that who
/// reads the last number knows that all is there. Over for the user at once (ports close, verbs are free); a leg
/// that waits for its last word (CANCEL for a provisional, BYE for an ACK) holds back only the event.
extension Call {
    /// - Parameters:
    ///   - by: nil: whose doing the reason says it is.
    ///   - answering: for a caller who has no final answer yet.
    ///   - cancelling: Reason of the CANCELs.
    mutating func end(
        _ why: EndReason, by: EndedBy? = nil, answering answer: FinalAnswer = .status(480),
        cancelling: SIPReason? = nil, _ work: inout Work
    ) {
        guard stage != .ending else { return }
        stage = .ending
        (reason, endedBy, endedAt) = (why, by ?? why.doer, work.now)
        (nextRing, papers) = (.max, [])
        for timer in TimerID.What.allCases where timer != .release { disarm(timer, &work) }
        let reason = cancelling ?? farewell ?? why.hangUpReason
        for leg in legs { part(leg.key, reason, answering: answer, &work) }
        closeMedia(&work)
        settle(&work)
    }

    /// Ends one leg in the way that its dialog allows now.
    mutating func part(
        _ key: LegKey, _ reason: SIPReason?, answering answer: FinalAnswer = .status(480), _ work: inout Work
    ) {
        self[key]?.ringsUntil = nil
        self[key]?.asking = nil
        switch self[key]?.dialog {
        case .planned: abandon(key, &work)
        case .calling(let provisional): giveUp(key, reason, provisional, &work)
        case .answering:
            work.add(.acknowledge(legID(key)))
            hangUp(key, reason, &work)
        case .up: hangUp(key, reason, &work)
        case .arrived: refuse(key, answer, &work)
        case .accepted:
            self[key]?.dialog = .leaving(reason ?? .normalClearing, until: work.now + Limit.release)
            watchRelease(&work)
        case .cancelled, .leaving, .over, nil: break
        }
    }

    private mutating func refuse(_ key: LegKey, _ answer: FinalAnswer, _ work: inout Work) {
        switch answer {
        case .status(let status, let reason):
            self[key]?.status = status
            work.add(.refuse(legID(key), status: status, reason))
        case .redirect(let number):
            self[key]?.status = 302
            work.add(.redirect(legID(key), to: number, profile.trunk))
        }
        close(key, &work)
    }

    /// Lines that were asked for go back when they are granted.
    private mutating func abandon(_ key: LegKey, _ work: inout Work) {
        if self[key]?.lines == .held { work.add(.release(position, [legID(key)])) }
        oweLines(key)
        drop(key)
    }

    private mutating func giveUp(_ key: LegKey, _ reason: SIPReason?, _ provisional: Bool, _ work: inout Work) {
        self[key]?.dialog = .cancelled(sent: provisional, reason, until: work.now + Limit.release)
        if provisional { work.add(.cancel(legID(key), reason)) }
        watchRelease(&work)
    }

    private mutating func hangUp(_ key: LegKey, _ reason: SIPReason?, _ work: inout Work) {
        work.add(.bye(legID(key), reason ?? .normalClearing))
        close(key, &work)
    }

    /// The leg is over; its lines go with the event.
    mutating func close(_ key: LegKey, _ work: inout Work) {
        oweLines(key)
        self[key]?.ringsUntil = nil
        self[key]?.asking = nil
        self[key]?.dialog = .over
        self[key]?.lines = .done
        self[key]?.endedAt = work.now
        publish(.ended, of: key, &work)
    }

    // MARK: Letting go

    /// The far side never said its last word.
    mutating func letGo(_ work: inout Work) {
        for leg in legs {
            guard let until = leg.letGoAt, until <= work.now else { continue }
            work.add(.forget(leg.id))
            if leg.status == nil { self[leg.key]?.status = 408 }
            close(leg.key, &work)
        }
        settle(&work)
    }

    /// Ends the call once its last leg is over.
    mutating func settle(_ work: inout Work) {
        watchRelease(&work)
        guard stage == .ending, phase != .ended, legs.allSatisfy({ $0.dialog == .over }) else { return }
        (phase, since) = (.ended, endedAt ?? work.now)
        publish(.ended, &work)
        answerQuestions(&work)
    }

    var isOver: Bool { phase == .ended }
}
