import BusContract
import TelephonyModel

/// What SIP says about the legs that we call. The leg's own dialog decides first what the word means; an answer that
/// comes late, twice or for a leg that is gone is no mistake.
extension Call {
    /// Calls the leg, if its phone may be called at all and there are ports for it.
    mutating func invite(_ key: LegKey, _ work: inout Work) {
        let showsCaller = key.role == .device && mayShowCaller(on: self[key]?.reach ?? .outside)
        self[key]?.showsCaller = showsCaller
        guard let leg = self[key], let number = leg.number else { return defect("nobody to call", &work) }
        guard !EmergencyNumbers.isOne(number, behind: profile.outsidePrefix) else { return neverDialled(key, &work) }
        guard !leg.isUsers || !work.isTaken(number, besides: id) else { return phoneIsTaken(key, &work) }
        guard let audio = localAudio(key) else {
            refusal = Refusal(503, "no-media", "The office's media service gave too few ports: try again.")
            return end(.serviceFailed, answering: lastAnswer(), &work)
        }
        self[key]?.dialog = .calling(provisional: false)
        self[key]?.startedAt = work.now
        let limit = ringLimit(of: leg, work.now)
        self[key]?.ringsUntil = limit
        let invitation = Invitation(
            trunk: profile.trunk, number: number, identity: identity(of: leg), audio: audio)
        work.add(.invite(leg.id, invitation))
        watchRings(&work)
        called(key, &work)
    }

    private mutating func called(_ key: LegKey, _ work: inout Work) {
        switch key.role {
        case .device:
            if stage == .preparing { stage = .ringing }
            if legs.allSatisfy({ $0.asking == nil }) { enter(.ringing, .ringing, &work) }
        case .fallback: enter(.ringing, .ringing, &work)
        case .party:
            arm(.earlyMedia, in: Limit.earlyMedia, &work)
            if phase != .alerting { enter(.dialing, .dialing, &work) }
        }
        if direction == .outgoing { answerQuestions(&work) }
    }

    /// The directory or a caller of ours let an emergency number through.
    private mutating func neverDialled(_ key: LegKey, _ work: inout Work) {
        refusal = .emergency
        part(key, nil, &work)
        failed(key, .wrongNumber, status: 403, &work)
    }

    /// A phone that is on one of the user's calls is never dialled again.
    private mutating func phoneIsTaken(_ key: LegKey, _ work: inout Work) {
        part(key, nil, &work)
        failed(key, .deviceBusy, status: 486, &work)
    }

    mutating func provisional(_ key: LegKey, _ status: Int, _ audio: RemoteAudio?, _ work: inout Work) {
        switch self[key]?.dialog {
        case .calling:
            self[key]?.dialog = .calling(provisional: true)
            if status > 100 { rings(key, audio, &work) }
        case .cancelled(false, let reason, let until):
            self[key]?.dialog = .cancelled(sent: true, reason, until: until)
            work.add(.cancel(legID(key), reason))
        case .planned, .arrived, .accepted, .leaving: defect("\(status) for a leg that was not called", &work)
        case .cancelled, .answering, .up, .over, nil: break
        }
    }

    private mutating func rings(_ key: LegKey, _ audio: RemoteAudio?, _ work: inout Work) {
        let first = self[key]?.rangAt == nil
        if first { self[key]?.rangAt = work.now }
        switch direction {
        case .incoming: alertCaller(&work)
        case .outgoing: if key == far { targetRings(audio, first: first, &work) }
        }
    }

    mutating func answered(_ key: LegKey, _ audio: RemoteAudio?, _ work: inout Work) {
        switch self[key]?.dialog {
        case .calling: pickedUp(key, audio, &work)
        case .cancelled: answeredTooLate(key, &work)
        // Given up with the last word still out: the far side must not be left in a dialog of its own.
        case .over where self[key]?.answeredAt == nil: decline(key, .normalClearing, &work)
        case .planned, .arrived, .accepted, .leaving: defect("answer of a leg that was not called", &work)
        case .answering, .up, .over, nil: break
        }
    }

    private mutating func pickedUp(_ key: LegKey, _ audio: RemoteAudio?, _ work: inout Work) {
        noteAnswer(key, &work)
        watchRings(&work)
        if key == far { disarm(.earlyMedia, &work) }
        guard let audio, let leg = self[key] else {
            return turnAway(key, SIPReason(.sip, 488, "No common codec"), .noCommonCodec, status: 488, &work)
        }
        guard !answersLikeAMachine(leg) else {
            return turnAway(key, .normalClearing, .guardNotPassed, status: 480, &work)
        }
        self[key]?.remote = audio
        self[key]?.dialog = .answering
        writeAhead(.answer(key), &work)
        publish(.answered, of: key, &work)
    }

    private mutating func noteAnswer(_ key: LegKey, _ work: inout Work) {
        self[key]?.answeredAt = work.now
        self[key]?.status = 200
        self[key]?.ringsUntil = nil
    }

    /// Who answered is not wanted: ACK, then BYE.
    private mutating func turnAway(
        _ key: LegKey, _ reason: SIPReason, _ why: EndReason, status: Int, _ work: inout Work
    ) {
        decline(key, reason, &work)
        publish(.answered, of: key, &work)
        close(key, &work)
        failed(key, why, status: status, &work)
    }

    /// The 200 crossed our CANCEL: ACK, then BYE (RFC 3261 §9.1, §13.2.2.4).
    private mutating func answeredTooLate(_ key: LegKey, _ work: inout Work) {
        noteAnswer(key, &work)
        decline(key, .normalClearing, &work)
        publish(.answered, of: key, &work)
        close(key, &work)
        settle(&work)
    }

    private func decline(_ key: LegKey, _ reason: SIPReason, _ work: inout Work) {
        work.add(.acknowledge(legID(key)))
        work.add(.bye(legID(key), reason))
    }

    /// ACK, and media learns where the phone listens; the commands go with those that follow.
    mutating func pickUp(_ key: LegKey, _ work: inout Work) -> [MediaCommand] {
        work.add(.acknowledge(legID(key)))
        self[key]?.dialog = .up
        return self[key]?.remote.map { [.remote(portID(key), $0)] } ?? []
    }

    /// The 2xx is written down.
    mutating func acknowledged(_ key: LegKey, _ work: inout Work) {
        let commands = pickUp(key, &work)
        switch direction {
        case .outgoing where key == far:
            join(.device, after: commands, &work)
            talk(.device, &work)
        case .outgoing where answeredSuspiciouslyFast: askGuard(key, after: commands, &work)
        case .outgoing:
            command(commands, &work)
            callTarget(&work)
        case .incoming:
            if self[key]?.ring?.answerGuard == .key { return askGuard(key, after: commands, &work) }
            accept(key, after: commands, &work)
        }
    }

    mutating func talk(_ key: LegKey, _ work: inout Work) {
        (stage, takenBy) = (.talking(key), key)
        answeredAt = work.now
        enter(.talking, .answered, &work)
    }

    /// Final answer that is no 2xx: the leg is over.
    mutating func refused(_ key: LegKey, _ status: Int, _ cause: Int?, _ work: inout Work) {
        guard let leg = self[key] else { return }
        if repeatsAsOffice(key, status, cause, &work) { return }
        let rang = leg.rangAt != nil
        let why =
            key.role == .party
            ? LegFailure.ofParty(status, cause, rang: rang) : LegFailure.ofDevice(status, cause, rang: rang)
        fail(key, status, cause, why, &work)
    }

    /// No word of the far side: its status is what RFC 3261 §8.1.3.1 asks for, but it tells of no busy line.
    mutating func undelivered(_ key: LegKey, _ work: inout Work) {
        fail(key, 503, nil, key.role == .party ? .partyUnreachable : .deviceUnreachable, &work)
    }

    private mutating func fail(
        _ key: LegKey, _ status: Int, _ cause: Int?, _ why: EndReason, _ work: inout Work
    ) {
        switch self[key]?.dialog {
        case .calling:
            closeFailed(key, status, cause, &work)
            failed(key, why, status: status, &work)
        case .cancelled:
            closeFailed(key, status, cause, &work)
            settle(&work)
        case .planned, .arrived, .accepted, .leaving: defect("\(status) for a leg that was not called", &work)
        case .answering, .up, .over, nil: break
        }
    }

    mutating func closeFailed(_ key: LegKey, _ status: Int, _ cause: Int?, _ work: inout Work) {
        self[key]?.status = status
        self[key]?.cause = cause
        close(key, &work)
    }

    /// A phone that was called is out of the game.
    mutating func failed(_ key: LegKey, _ why: EndReason, status: Int, _ work: inout Work) {
        switch direction {
        case .outgoing where key.role == .party: targetFailed(why, status: status, &work)
        case .outgoing: end(why, &work)
        case .incoming: out(key, why, &work)
        }
    }
}
