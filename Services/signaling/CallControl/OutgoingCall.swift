import BusContract
import TelephonyModel

/// The call-back: the user's device is called, then the target, both under the office number.
/// RFC 3725 §4 with the audio anchored here: each leg has its own offer and answer, joining needs no re-INVITE.
extension Call {
    /// Lines for both legs are asked before anything rings; ports at the same time, since they seldom are missing.
    mutating func begin(_ question: QuestionID, _ work: inout Work) {
        questions = [question]
        publish(.started, &work)
        askLines([.device, .party], evenIfFull: false, &work)
        openMedia(&work)
    }

    /// The device is there, and its guard asked if need be.
    mutating func callTarget(_ work: inout Work) {
        stage = .dialing
        proceed(&work)
    }

    /// A machine answers at once; then a person must show himself before the target is called (PRODUCT §4).
    var answeredSuspiciouslyFast: Bool {
        guard direction == .outgoing, let device = self[.device], device.reach == .outside else { return false }
        guard let rang = device.rangAt, let answered = device.answeredAt else { return true }
        return answered - rang <= Limit.quickAnswer
    }

    /// The target rings, perhaps with a sound of its own.
    mutating func targetRings(_ audio: RemoteAudio?, first: Bool, _ work: inout Work) {
        if let audio { earlyMedia(audio, &work) }
        if first { enter(.alerting, .alerting, &work) }
    }

    /// The target's sound is let through at once; ringback of ours goes on until its first packet is there.
    private mutating func earlyMedia(_ audio: RemoteAudio, _ work: inout Work) {
        guard let target = self[far], target.remote != audio else { return }
        self[far]?.remote = audio
        var commands: [MediaCommand] = [.remote(portID(far), audio)]
        if target.speaks || self[.device]?.hears == .silence { commands += hear(.device, .leg(portID(far))) }
        if target.speaks { disarm(.earlyMedia, &work) }
        command(commands, &work)
    }

    mutating func targetSpeaks(_ work: inout Work) {
        guard self[far]?.isCalling == true, self[far]?.remote != nil else { return }
        disarm(.earlyMedia, &work)
        guard self[.device]?.hears != .leg(portID(far)) else { return }
        command(hear(.device, .leg(portID(far))), &work)
    }

    mutating func noEarlyMedia(_ work: inout Work) {
        guard self[far]?.isCalling == true else { return }
        command(hear(.device, .tone(.ringback)), &work)
    }

    /// The target cannot be had: the device hears it, then is released with the reason.
    mutating func targetFailed(_ why: EndReason, status: Int, _ work: inout Work) {
        watchRings(&work)
        disarm(.earlyMedia, &work)
        dropPapers(of: far, &work)
        (reason, endedBy, farewell) = (why, why.doer, .target(status))
        stage = .tone
        command(hear(.device, .tone(why.tone)), &work)
        arm(.tone, in: Limit.failureTone, &work)
    }
}
