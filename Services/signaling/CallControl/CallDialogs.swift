import BusContract
import TelephonyModel

/// What SIP says about the legs that we call. The leg's own dialog decides first what the word means; an answer that
/// comes late, twice or for a leg that is gone is no mistake.
extension Call {
    /// - Returns: false if a leg of ours could not be invited; the call is over then.
    mutating func invite(_ role: LegRole, _ number: String, ringing: Int64, _ work: inout Work) -> Bool {
        guard !EmergencyNumbers.isOne(number, behind: profile.outsidePrefix) else {
            neverDialled(role, &work)
            return false
        }
        guard let audio = localAudio(role) else {
            refusal = Refusal(503, "no-media", "The office's media service gave too few ports: try again.")
            end(.serviceFailed, status: 503, &work)
            return false
        }
        self[role]?.dialog = .calling(provisional: false)
        self[role]?.startedAt = work.now
        let identity = profile.identity(for: role)
        work.add(
            .invite(legID(role), Invitation(trunk: profile.trunk, number: number, identity: identity, audio: audio)))
        stage = .ringing(role)
        arm(.ring, in: ringing, &work)
        return true
    }

    /// The directory or a caller of ours let an emergency number through.
    private mutating func neverDialled(_ role: LegRole, _ work: inout Work) {
        refusal = .emergency
        part(role, nil, &work)
        failed(role, .wrongNumber, status: 403, &work)
    }

    mutating func provisional(_ role: LegRole, _ status: Int, _ audio: RemoteAudio?, _ work: inout Work) {
        switch self[role]?.dialog {
        case .calling:
            self[role]?.dialog = .calling(provisional: true)
            if status > 100 { rings(role, audio, &work) }
        case .cancelled(false, let reason, let until):
            self[role]?.dialog = .cancelled(sent: true, reason, until: until)
            work.add(.cancel(legID(role), reason))
        case .planned, .arrived, .accepted, .leaving: defect("\(status) for a leg that was not called", &work)
        case .cancelled, .answering, .up, .over, nil: break
        }
    }

    private mutating func rings(_ role: LegRole, _ audio: RemoteAudio?, _ work: inout Work) {
        let first = self[role]?.rangAt == nil
        if first { self[role]?.rangAt = work.now }
        switch direction {
        case .incoming: alertCaller(&work)
        case .outgoing: if role == .party { targetRings(audio, first: first, &work) }
        }
    }

    mutating func answered(_ role: LegRole, _ audio: RemoteAudio?, _ work: inout Work) {
        switch self[role]?.dialog {
        case .calling: pickedUp(role, audio, &work)
        case .cancelled: answeredTooLate(role, &work)
        // Given up with the last word still out: the far side must not be left in a dialog of its own.
        case .over where self[role]?.answeredAt == nil: decline(role, .normalClearing, &work)
        case .planned, .arrived, .accepted, .leaving: defect("answer of a leg that was not called", &work)
        case .answering, .up, .over, nil: break
        }
    }

    private mutating func pickedUp(_ role: LegRole, _ audio: RemoteAudio?, _ work: inout Work) {
        noteAnswer(role, &work)
        disarm(.ring, &work)
        disarm(.earlyMedia, &work)
        guard let audio else {
            decline(role, SIPReason(.sip, 488, "No common codec"), &work)
            publish(.answered, of: role, &work)
            close(role, &work)
            return failed(role, .noCommonCodec, status: 488, &work)
        }
        self[role]?.remote = audio
        self[role]?.dialog = .answering
        writeAhead({ .answering(role, revision: $0) }, &work)
        publish(.answered, of: role, &work)
    }

    private mutating func noteAnswer(_ role: LegRole, _ work: inout Work) {
        self[role]?.answeredAt = work.now
        self[role]?.status = 200
    }

    /// The 200 crossed our CANCEL: ACK, then BYE (RFC 3261 §9.1, §13.2.2.4).
    private mutating func answeredTooLate(_ role: LegRole, _ work: inout Work) {
        noteAnswer(role, &work)
        decline(role, .normalClearing, &work)
        publish(.answered, of: role, &work)
        close(role, &work)
        settle(&work)
    }

    private func decline(_ role: LegRole, _ reason: SIPReason, _ work: inout Work) {
        work.add(.acknowledge(legID(role)))
        work.add(.bye(legID(role), reason))
    }

    /// ACK, and media learns where the phone listens; the commands go with those that follow.
    mutating func pickUp(_ role: LegRole, _ work: inout Work) -> [MediaCommand] {
        work.add(.acknowledge(legID(role)))
        self[role]?.dialog = .up
        return self[role]?.remote.map { [.remote(legID(role), $0)] } ?? []
    }

    /// The 2xx is written down.
    mutating func acknowledged(_ role: LegRole, _ work: inout Work) {
        let commands = pickUp(role, &work)
        switch (direction, role) {
        case (.outgoing, .device) where answeredSuspiciouslyFast: askGuard(after: commands, &work)
        case (.outgoing, .device):
            command(commands, &work)
            callTarget(&work)
        case (.outgoing, _):
            join(.device, after: commands, &work)
            talk(.device, &work)
        case (.incoming, .device) where profile.device.answerGuard == .key: askGuard(after: commands, &work)
        case (.incoming, _): accept(role, after: commands, &work)
        }
    }

    mutating func talk(_ role: LegRole, _ work: inout Work) {
        stage = .talking(role)
        answeredAt = work.now
        enter(.talking, .answered, &work)
    }

    /// Final answer that is no 2xx: the leg is over.
    mutating func refused(_ role: LegRole, _ status: Int, _ cause: Int?, _ work: inout Work) {
        let rang = self[role]?.rangAt != nil
        let why =
            role == .party
            ? LegFailure.ofParty(status, cause, rang: rang) : LegFailure.ofDevice(status, cause, rang: rang)
        fail(role, status, cause, why, &work)
    }

    /// No word of the far side: its status is what RFC 3261 §8.1.3.1 asks for, but it tells of no busy line.
    mutating func undelivered(_ role: LegRole, _ work: inout Work) {
        fail(role, 503, nil, role == .party ? .partyUnreachable : .deviceUnreachable, &work)
    }

    private mutating func fail(
        _ role: LegRole, _ status: Int, _ cause: Int?, _ why: EndReason, _ work: inout Work
    ) {
        switch self[role]?.dialog {
        case .calling:
            closeFailed(role, status, cause, &work)
            failed(role, why, status: status, &work)
        case .cancelled:
            closeFailed(role, status, cause, &work)
            settle(&work)
        case .planned, .arrived, .accepted, .leaving: defect("\(status) for a leg that was not called", &work)
        case .answering, .up, .over, nil: break
        }
    }

    private mutating func closeFailed(_ role: LegRole, _ status: Int, _ cause: Int?, _ work: inout Work) {
        self[role]?.status = status
        self[role]?.cause = cause
        close(role, &work)
    }

    /// A phone that was called is out of the game.
    mutating func failed(_ role: LegRole, _ why: EndReason, status: Int, _ work: inout Work) {
        switch (direction, role) {
        case (.outgoing, .party): targetFailed(why, status: status, &work)
        case (.outgoing, _): end(why, &work)
        case (.incoming, _): divert(why, &work)
        }
    }

    /// The phone has rung long enough.
    mutating func rangEnough(_ work: inout Work) {
        guard case .ringing(let role) = stage else { return }
        let rang = self[role]?.rangAt != nil
        part(role, nil, &work)
        switch role {
        case .party: failed(role, rang ? .partyNoAnswer : .partyUnreachable, status: 480, &work)
        case .device, .fallback: failed(role, rang ? .deviceNoAnswer : .deviceUnreachable, status: 480, &work)
        }
    }
}
