import BusContract
import TelephonyModel

/// The end of a call and of its legs. Order, always: each leg's `leg.ended`, then one `call.ended`, so that who
/// reads the last number knows that all is there. Over for the user at once (ports close, verbs are free); a leg
/// that waits for its last word (CANCEL for a provisional, BYE for an ACK) holds back only the event.
extension Call {
    /// - Parameters:
    ///   - by: nil: whose doing the reason says it is.
    ///   - status: for a caller who has no final answer yet.
    ///   - refusing: Reason of that answer.
    ///   - cancelling: Reason of the CANCELs.
    mutating func end(
        _ why: EndReason, by: EndedBy? = nil, status: Int = 480, refusing: SIPReason? = nil,
        cancelling: SIPReason? = nil, _ work: inout Work
    ) {
        guard stage != .ending else { return }
        stage = .ending
        (reason, endedBy, endedAt) = (why, by ?? why.doer, work.now)
        for timer in TimerID.What.allCases where timer != .release { disarm(timer, &work) }
        let reason = cancelling ?? farewell ?? why.hangUpReason
        for leg in legs { part(leg.role, reason, status: status, refusing: refusing, &work) }
        closeMedia(&work)
        settle(&work)
    }

    /// Ends one leg in the way that its dialog allows now.
    mutating func part(
        _ role: LegRole, _ reason: SIPReason?, status: Int = 480, refusing: SIPReason? = nil, _ work: inout Work
    ) {
        let leg = legID(role)
        switch self[role]?.dialog {
        case .planned: abandon(role, &work)
        case .calling(let provisional): giveUp(role, reason, provisional, &work)
        case .answering:
            work.add(.acknowledge(leg))
            hangUp(role, reason, &work)
        case .up: hangUp(role, reason, &work)
        case .arrived:
            self[role]?.status = status
            work.add(.refuse(leg, status: status, refusing))
            close(role, &work)
        case .accepted:
            self[role]?.dialog = .leaving(reason ?? .normalClearing, until: work.now + Limit.release)
            watch(&work)
        case .cancelled, .leaving, .over, nil: break
        }
    }

    /// Lines that were asked for go back when they are granted.
    private mutating func abandon(_ role: LegRole, _ work: inout Work) {
        if self[role]?.lines == .held { work.add(.release(position, [legID(role)])) }
        oweLines(role)
        drop(role)
    }

    private mutating func giveUp(_ role: LegRole, _ reason: SIPReason?, _ provisional: Bool, _ work: inout Work) {
        self[role]?.dialog = .cancelled(sent: provisional, reason, until: work.now + Limit.release)
        if provisional { work.add(.cancel(legID(role), reason)) }
        watch(&work)
    }

    private mutating func hangUp(_ role: LegRole, _ reason: SIPReason?, _ work: inout Work) {
        work.add(.bye(legID(role), reason ?? .normalClearing))
        close(role, &work)
    }

    /// The leg is over; its lines go with the event.
    mutating func close(_ role: LegRole, _ work: inout Work) {
        oweLines(role)
        self[role]?.dialog = .over
        self[role]?.lines = .done
        self[role]?.endedAt = work.now
        publish(.ended, of: role, &work)
    }

    // MARK: Letting go

    /// Keeps the release timer at the first leg that is to be let go.
    private mutating func watch(_ work: inout Work) {
        let next = legs.compactMap(\.letGoAt).min()
        if let next, timers[.release] != next { arm(.release, at: next, &work) }
        if next == nil { disarm(.release, &work) }
    }

    /// The far side never said its last word.
    mutating func letGo(_ work: inout Work) {
        for leg in legs {
            guard let until = leg.letGoAt, until <= work.now else { continue }
            work.add(.forget(legID(leg.role)))
            if leg.status == nil { self[leg.role]?.status = 408 }
            close(leg.role, &work)
        }
        settle(&work)
    }

    /// Ends the call once its last leg is over.
    mutating func settle(_ work: inout Work) {
        watch(&work)
        guard stage == .ending, phase != .ended, legs.allSatisfy({ $0.dialog == .over }) else { return }
        (phase, since) = (.ended, endedAt ?? work.now)
        publish(.ended, &work)
        answerQuestions(&work)
    }

    var isOver: Bool { phase == .ended }

    // MARK: Verbs

    /// clearConnection: hang up, or decline what still rings (PRODUCT §3.5: declining at the desk ends all).
    mutating func clear(_ question: QuestionID, _ work: inout Work) {
        work.add(.done(question))
        switch (stage, direction) {
        case (.ending, _): break
        case (.talking, _): end(.completed, by: .user, &work)
        case (.tone, _): end(reason ?? .cancelled, by: endedBy, &work)
        case (_, .outgoing): end(.cancelled, &work)
        case (_, .incoming): end(.deviceDeclined, status: 603, &work)
        }
    }

    /// An originate is answered once its lines and ports are there, or nothing came of it.
    mutating func answerQuestions(_ work: inout Work) {
        guard !questions.isEmpty else { return }
        if reason == .serviceFailed, refusal == nil {
            refusal = Refusal(503, "service-failed", "The call failed inside the call service: try again.")
        }
        for question in questions {
            if let refusal {
                work.add(.refused(question, refusal))
            } else {
                work.add(.taken(question, picture, position))
            }
        }
        questions = []
    }
}
