import BusContract
import TelephonyModel

/// How legs end that stand, and what SIP says about the leg that called us.
extension Call {
    /// CANCEL of the caller; the stack has answered 487.
    mutating func cancelled(_ role: LegRole, _ reason: SIPReason?, _ work: inout Work) {
        switch self[role]?.dialog {
        case .arrived:
            self[role]?.status = 487
            close(role, &work)
            callerGone(reason, &work)
        case .accepted, .leaving:
            // Our 200 lost the race inside the stack: the leg was never answered.
            self[role]?.status = 487
            self[role]?.answeredAt = nil
            answeredAt = nil
            close(role, &work)
            callerGone(reason, &work)
            settle(&work)
        case .up, .over, nil: break
        case .planned, .calling, .cancelled, .answering: defect("CANCEL for a leg that we called", &work)
        }
    }

    /// ACK to our 200.
    mutating func confirmed(_ role: LegRole, _ audio: RemoteAudio?, _ work: inout Work) {
        switch self[role]?.dialog {
        case .accepted:
            self[role]?.dialog = .up
            answerInACK(role, audio, &work)
        case .leaving(let reason, _):
            work.add(.bye(legID(role), reason))
            close(role, &work)
            settle(&work)
        // Our 200 went out although the leg was taken for cancelled.
        case .over where self[role]?.answeredAt == nil: work.add(.bye(legID(role), .normalClearing))
        case .planned, .calling, .cancelled, .answering, .arrived: defect("ACK without our 200", &work)
        case .up, .over, nil: break
        }
    }

    /// An INVITE without an offer has its answer in the ACK (RFC 3261 §13.2.1).
    private mutating func answerInACK(_ role: LegRole, _ audio: RemoteAudio?, _ work: inout Work) {
        guard case .none? = offer else { return }
        guard let audio else { return end(.noCommonCodec, by: .system, &work) }
        self[role]?.remote = audio
        command([.remote(legID(role), audio)], &work)
    }

    /// BYE of the far side; the stack has answered it.
    mutating func hungUp(_ role: LegRole, _ cause: Int?, _ work: inout Work) {
        if let cause { self[role]?.cause = cause }
        switch self[role]?.dialog {
        case .up, .accepted: gone(role, wasLost: false, &work)
        case .answering:
            work.add(.acknowledge(legID(role)))
            gone(role, wasLost: false, &work)
        case .leaving:
            close(role, &work)
            settle(&work)
        case .calling:
            // No callee may do this (RFC 3261 §15); it wants nothing of the call in any case.
            part(role, nil, &work)
            failed(role, role == .party ? .partyDeclined : .deviceDeclined, status: 603, &work)
        case .arrived:
            part(role, nil, status: 487, &work)
            callerGone(nil, &work)
        case .planned: defect("BYE of a leg that was not called", &work)
        case .cancelled, .over, nil: break
        }
    }

    /// The dialog ended without a BYE.
    mutating func lost(_ role: LegRole, _ work: inout Work) {
        switch self[role]?.dialog {
        case .up, .accepted, .answering: gone(role, wasLost: true, &work)
        case .cancelled, .leaving:
            close(role, &work)
            settle(&work)
        case .calling: refused(role, 408, nil, &work)
        case .arrived:
            close(role, &work)
            callerGone(nil, &work)
        case .planned: defect("loss of a leg that was not called", &work)
        case .over, nil: break
        }
    }

    private mutating func gone(_ role: LegRole, wasLost: Bool, _ work: inout Work) {
        let neverConfirmed = self[role]?.dialog == .accepted && wasLost
        close(role, &work)
        switch stage {
        case .talking where neverConfirmed: end(.partyUnreachable, &work)
        case .talking where wasLost: end(.completed, by: .system, &work)
        case .talking: end(.completed, by: role == .party ? .party : .user, &work)
        case .tone: end(reason ?? .cancelled, by: endedBy, &work)
        case .ending: settle(&work)
        case .answering(let answering, _) where answering == .party && role == .party:
            targetFailed(.partyDeclined, status: 603, &work)
        default: goneBeforeTalk(wasLost: wasLost, &work)
        }
    }

    /// The user's side left before the other side was there. A leg that was lost is nobody's doing.
    private mutating func goneBeforeTalk(wasLost: Bool, _ work: inout Work) {
        if wasLost {
            return direction == .outgoing ? end(.deviceUnreachable, &work) : divert(.deviceUnreachable, &work)
        }
        if direction == .outgoing { return end(.cancelled, &work) }
        if case .guarding = stage { return divert(.guardNotPassed, &work) }
        divert(.deviceDeclined, &work)
    }
}
