import BusContract
import TelephonyModel

/// What concerns the user's calls together: whether a new one may begin, and which device is free for it.
extension Seat {
    /// makeCall. Asked again with the same id, or for the same target within 2 s, it stands for the call that is
    /// already there: two clicks make one call. A target asked for again after the user has hung up is a new call.
    mutating func originate(
        _ wish: Originate, _ profile: Profile, _ shown: PartyView, _ question: QuestionID, _ work: inout Work
    ) {
        if let index = calls.firstIndex(where: { $0.id == wish.call || $0.isSameClick(wish, at: work.now) }) {
            return calls[index].asked(question, &work)
        }
        if let known = finished.first(where: { $0.picture.call == wish.call }) {
            return work.add(known.answer(question))
        }
        if let refusal = refusal(of: wish, profile) { return work.add(.refused(question, refusal)) }
        var call = Call(wish, profile, shown, epoch: epoch, at: work.now)
        call.begin(question, &work)
        calls.append(call)
    }

    private func refusal(of wish: Originate, _ profile: Profile) -> Refusal? {
        if calls.contains(where: \.occupiesUser) {
            return Refusal(409, "call-exists", "You are on a call already: end it, then dial again.")
        }
        let target = profile.dialled(wish.target, wish.targetReach)
        if EmergencyNumbers.isOne(target, behind: profile.outsidePrefix) { return .emergency }
        if target == profile.deviceNumber {
            return Refusal(422, "own-device", "This is the phone that would ring first: dial another number.")
        }
        return nil
    }

    /// clearConnection; of a call that is over it is done.
    mutating func clear(_ call: CallID, _ question: QuestionID, _ work: inout Work) {
        if let index = calls.firstIndex(where: { $0.id == call }) { return calls[index].clear(question, &work) }
        if finished.contains(where: { $0.picture.call == call }) { return work.add(.done(question)) }
        work.add(.refused(question, .noSuchCall))
    }

    /// declineCall and deflectCall, for a call that runs.
    mutating func decline(_ call: CallID, _ question: QuestionID, _ work: inout Work) {
        guard let index = running(call, question, &work) else { return }
        calls[index].decline(question, &work)
    }

    /// A phone that is on one of the user's calls is never dialled again.
    mutating func deflect(_ call: CallID, _ to: Deflection, _ question: QuestionID, _ work: inout Work) {
        guard let index = running(call, question, &work) else { return }
        let number = calls[index].dialled(to)
        guard !calls.contains(where: { $0.id != call && $0.phonesInUse.contains(number) }) else {
            return work.add(.refused(question, .deviceBusy))
        }
        calls[index].deflect(to, question, &work)
    }

    private func running(_ call: CallID, _ question: QuestionID, _ work: inout Work) -> Int? {
        if let index = calls.firstIndex(where: { $0.id == call }) { return index }
        let isKnown = finished.contains { $0.picture.call == call }
        work.add(.refused(question, isKnown ? .callIsOver : .noSuchCall))
        return nil
    }

    /// A call for the user. A phone that is on one of his calls is never dialled again: then the fallback takes it,
    /// unless that is the very phone, else the caller hears busy. Knocking comes with the second call.
    mutating func invited(_ arrival: Arrival, _ profile: Profile, _ work: inout Work) {
        guard !knows(arrival.call) else { return }
        let toDevices = !calls.contains(where: \.occupiesUser)
        let helpful = arrival.viaGroup ? profile.forGroup : profile.keepingFallbacks { isUseful($0, profile) }
        var call = Call(arrival, helpful, user: user, epoch: epoch, toDevices: toDevices, at: work.now)
        call.arrive(&work)
        calls.append(call)
    }

    private func knows(_ call: CallID) -> Bool {
        calls.contains { $0.id == call } || finished.contains { $0.picture.call == call }
    }

    /// A fallback that is a phone of the ring plan, or one on the user's other calls, would only be tried twice.
    private func isUseful(_ fallback: Destination, _ profile: Profile) -> Bool {
        let number = profile.dialled(fallback)
        let isRung = profile.rings.contains { profile.dialled($0.device) == number }
        return !isRung && !calls.contains { $0.phonesInUse.contains(number) }
    }
}

extension Refusal {
    static let noSuchCall = Refusal(404, "no-such-call", "This call has ended or never was: look at your calls.")
    static let emergency = Refusal(
        422, "emergency", "This is an emergency number: dial it on the phone itself, so that help finds you.")
}

extension Call {
    func isSameClick(_ wish: Originate, at now: Instant) -> Bool {
        direction == .outgoing && stage != .ending && target == wish.target && now - startedAt <= Limit.sameCall
    }

    /// One more originate that stands for this call: answered now, or with the first one.
    mutating func asked(_ question: QuestionID, _ work: inout Work) {
        if stage == .preparing { return questions.append(question) }
        work.add(.taken(question, picture, position))
    }
}
