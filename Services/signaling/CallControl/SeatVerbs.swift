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
        work.add(
            .refused(question, Refusal(404, "no-such-call", "This call has ended or never was: look at your calls.")))
    }

    /// A call for the user. A phone that is on one of his calls is never dialled again: then the fallback takes it,
    /// unless that is the very phone, else the caller hears busy. Knocking comes with the second call.
    mutating func invited(_ arrival: Arrival, _ profile: Profile, _ work: inout Work) {
        guard !knows(arrival.call) else { return }
        let toDevice = !calls.contains(where: \.occupiesUser)
        var call = Call(
            arrival, profile, user: user, epoch: epoch, toDevice: toDevice, fallback: usableFallback(profile),
            at: work.now)
        call.arrive(&work)
        calls.append(call)
    }

    private func knows(_ call: CallID) -> Bool {
        calls.contains { $0.id == call } || finished.contains { $0.picture.call == call }
    }

    /// A fallback that is the user's own device, or a phone on one of his calls, would only be tried twice.
    private func usableFallback(_ profile: Profile) -> DirectoryUser.Fallback? {
        guard let fallback = profile.fallback else { return nil }
        let number = profile.dialled(fallback.number, fallback.reach)
        let isTaken = number == profile.deviceNumber || calls.contains { $0.numbersInUse.contains(number) }
        return isTaken ? nil : fallback
    }
}

extension Refusal {
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
