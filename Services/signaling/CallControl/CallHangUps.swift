import BusContract
import TelephonyModel

/// How legs end that stand, and what SIP says about the leg that called us.
extension Call {
    /// CANCEL of the caller; the stack has answered 487.
    mutating func cancelled(_ key: LegKey, _ reason: SIPReason?, _ work: inout Work) {
        switch self[key]?.dialog {
        case .arrived:
            self[key]?.status = 487
            close(key, &work)
            callerGone(reason, &work)
        case .accepted, .leaving:
            // Our 200 lost the race inside the stack: the leg was never answered.
            self[key]?.status = 487
            self[key]?.answeredAt = nil
            answeredAt = nil
            close(key, &work)
            callerGone(reason, &work)
            settle(&work)
        case .up, .over, nil: break
        case .planned, .calling, .cancelled, .answering: defect("CANCEL for a leg that we called", &work)
        }
    }

    /// ACK to our 200.
    mutating func confirmed(_ key: LegKey, _ audio: RemoteAudio?, _ work: inout Work) {
        switch self[key]?.dialog {
        case .accepted:
            self[key]?.dialog = .up
            answerInACK(key, audio, &work)
        case .leaving(let reason, _):
            work.add(.bye(legID(key), reason))
            close(key, &work)
            settle(&work)
        // Our 200 went out although the leg was taken for cancelled.
        case .over where self[key]?.answeredAt == nil: work.add(.bye(legID(key), .normalClearing))
        case .planned, .calling, .cancelled, .answering, .arrived: defect("ACK without our 200", &work)
        case .up, .over, nil: break
        }
    }

    /// An INVITE without an offer has its answer in the ACK (RFC 3261 §13.2.1).
    private mutating func answerInACK(_ key: LegKey, _ audio: RemoteAudio?, _ work: inout Work) {
        guard case .none? = offer else { return }
        guard let audio else { return end(.noCommonCodec, by: .system, &work) }
        self[key]?.remote = audio
        command([.remote(portID(key), audio)], &work)
    }

    /// BYE of the far side; the stack has answered it.
    mutating func hungUp(_ key: LegKey, _ cause: Int?, _ work: inout Work) {
        if let cause { self[key]?.cause = cause }
        switch self[key]?.dialog {
        case .up, .accepted: gone(key, wasLost: false, &work)
        case .answering:
            work.add(.acknowledge(legID(key)))
            gone(key, wasLost: false, &work)
        case .leaving:
            close(key, &work)
            settle(&work)
        case .calling:
            // No callee may do this (RFC 3261 §15); it wants nothing of the call in any case.
            part(key, nil, &work)
            failed(key, key.role == .party ? .partyDeclined : .deviceDeclined, status: 603, &work)
        case .arrived:
            part(key, nil, answering: .status(487), &work)
            callerGone(nil, &work)
        case .planned: defect("BYE of a leg that was not called", &work)
        case .cancelled, .over, nil: break
        }
    }

    /// The dialog ended without a BYE.
    mutating func lost(_ key: LegKey, _ work: inout Work) {
        switch self[key]?.dialog {
        case .up, .accepted, .answering: gone(key, wasLost: true, &work)
        case .cancelled, .leaving:
            close(key, &work)
            settle(&work)
        case .calling: refused(key, 408, nil, &work)
        case .arrived:
            close(key, &work)
            callerGone(nil, &work)
        case .planned: defect("loss of a leg that was not called", &work)
        case .over, nil: break
        }
    }

    private mutating func gone(_ key: LegKey, wasLost: Bool, _ work: inout Work) {
        let neverConfirmed = self[key]?.dialog == .accepted && wasLost
        close(key, &work)
        switch stage {
        case .talking where neverConfirmed: end(.partyUnreachable, &work)
        case .talking where wasLost: end(.completed, by: .system, &work)
        case .talking: end(.completed, by: key == far ? .party : .user, &work)
        case .tone: if !legs.contains(where: { $0.dialog == .up }) { end(reason ?? .cancelled, by: endedBy, &work) }
        case .ending: settle(&work)
        case .dialing where key == far: targetFailed(.partyDeclined, status: 603, &work)
        case .preparing, .ringing, .dialing, .diverting, .accepting: goneBeforeTalk(key, wasLost: wasLost, &work)
        }
    }

    /// The user's side left before the other side was there. A leg that was lost is nobody's doing; who hangs up on the
    /// question for a key has not said no.
    private mutating func goneBeforeTalk(_ key: LegKey, wasLost: Bool, _ work: inout Work) {
        if direction == .outgoing { return end(wasLost ? .deviceUnreachable : .cancelled, &work) }
        let why = phase == .guarding && stage != .accepting(key) ? EndReason.guardNotPassed : .deviceDeclined
        out(key, wasLost ? .deviceUnreachable : why, &work)
    }
}
