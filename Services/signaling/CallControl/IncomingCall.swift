import BusContract
import TelephonyModel

/// Follow-Me: the office number was called, the user's device rings; who is not there goes to the fallback.
/// The caller hears ringback within a second and gets a 200 only when somebody is really there.
extension Call {
    mutating func arrive(_ work: inout Work) {
        publish(.started, &work)
        guard offer != .unusable else { return end(.noCommonCodec, status: 488, &work) }
        guard toDevice || fallback != nil else { return end(.deviceBusy, refusing: .userBusy, &work) }
        arm(.alert, in: Limit.alert, &work)
        askLines([.party], evenIfFull: true, &work)
        openMedia(&work)
        if !toDevice { return divert(.deviceBusy, &work) }
        askLines([.device], evenIfFull: false, &work)
    }

    /// 180 without SDP, once.
    mutating func alertCaller(_ work: inout Work) {
        guard self[.party]?.dialog == .arrived(ringing: false) else { return }
        disarm(.alert, &work)
        self[.party]?.dialog = .arrived(ringing: true)
        self[.party]?.rangAt = work.now
        work.add(.provisional(legID(.party), status: 180))
    }

    /// The device did not take the call. Its own failure is what the journal tells if nobody else takes it.
    mutating func divert(_ why: EndReason, _ work: inout Work) {
        failure = failure ?? why
        disarm(.ring, &work)
        disarm(.guardKey, &work)
        disarm(.writeAhead, &work)
        quieten(.device, &work)
        guard let fallback, !triedFallback else { return giveUp(&work) }
        (stage, triedFallback) = (.diverting, true)
        legs.append(CallLeg(.fallback, fallback.reach, .planned, at: work.now))
        askLines([.fallback], evenIfFull: false, &work)
    }

    mutating func callFallback(_ work: inout Work) {
        guard let fallback else { return defect("diverting without a fallback", &work) }
        let number = profile.dialled(fallback.number, fallback.reach)
        guard invite(.fallback, number, ringing: Limit.fallbackRing, &work) else { return }
        enter(.ringing, .ringing, &work)
    }

    /// Nobody took it. Always 480: on 486 many PBXs give up, on 480 they take their second route (voicemail, group)
    /// for the user. That he is talking stands in its Reason, for those who show it to the caller.
    private mutating func giveUp(_ work: inout Work) {
        end(failure ?? .deviceUnreachable, refusing: toDevice ? nil : .userBusy, &work)
    }

    /// Somebody is there. Joined first, then the 200: no clipped first word (PRODUCT §3.3).
    mutating func accept(_ role: LegRole, after commands: [MediaCommand], _ work: inout Work) {
        guard let audio = localAudio(.party) else { return defect("accepting without ports", &work) }
        disarm(.alert, &work)
        tellLosers()
        join(role, after: commands, &work)
        self[.party]?.dialog = .accepted
        self[.party]?.answeredAt = work.now
        self[.party]?.status = 200
        work.add(.accept(legID(.party), audio))
        publish(.answered, of: .party, &work)
        talk(role, &work)
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
        switch stage {
        case .answering(let role, _): farewell(to: role, why, &work)
        case .guarding, .accepting: farewell(to: .device, why, &work)
        case .tone, .ending: break
        case .preparing, .diverting, .ringing, .talking: end(why, cancelling: elsewhere ? reason : nil, &work)
        }
    }

    private mutating func farewell(to role: LegRole, _ why: EndReason, _ work: inout Work) {
        for timer in [TimerID.What.alert, .guardKey, .writeAhead] { disarm(timer, &work) }
        let wasGuarding = if case .guarding = stage { true } else { false }
        var commands: [MediaCommand] = wasGuarding ? [.stopCollecting(legID(role))] : []
        if self[role]?.dialog == .answering { commands += pickUp(role, &work) }
        (reason, endedBy, stage) = (why, why.doer, .tone)
        command(commands + hear(role, .tone(.busy)), &work)
        arm(.tone, in: Limit.farewellTone, &work)
    }
}
