import BusContract
import TelephonyModel

/// What the user asks of a call at his desk. Each question is answered exactly once.
extension Call {
    /// clearConnection: hang up, or refuse what still rings.
    mutating func clear(_ question: QuestionID, _ work: inout Work) {
        work.add(.done(question))
        switch (stage, direction) {
        case (.ending, _): break
        case (.talking, _): end(.completed, by: .user, &work)
        case (.tone, _): end(reason ?? .cancelled, by: endedBy, &work)
        case (_, .outgoing): end(.cancelled, &work)
        case (_, .incoming): end(.deviceDeclined, answering: .status(603), &work)
        }
    }

    /// declineCall: all phones stop; the caller goes to the fallback for this reason, else back to the trunk.
    mutating func decline(_ question: QuestionID, _ work: inout Work) {
        if let refusal = whyNotRinging { return work.add(.refused(question, refusal)) }
        work.add(.done(question))
        stopRinging(nil, &work)
        failure = .deviceDeclined
        divert(&work)
    }

    /// deflectCall: this phone rings, and no other. Guard and line are asked as always.
    mutating func deflect(_ to: Deflection, _ question: QuestionID, _ work: inout Work) {
        if let refusal = whyNotRinging ?? whyNot(to) { return work.add(.refused(question, refusal)) }
        work.add(.done(question))
        switch to {
        case .device(let device): ringOnly(device, &work)
        case .number(let to):
            stopRinging(nil, &work)
            failure = nil
            divert(to, &work)
        }
    }

    private mutating func ringOnly(_ device: Device, _ work: inout Work) {
        let ringing = usersLegs.first { $0.ring?.device.id == device.id && $0.key.role == .device }
        stopRinging(nil, besides: ringing?.key, &work)
        failure = nil
        if stage != .preparing { stage = .ringing }
        if ringing == nil { call(Ring(device), &work) }
    }

    /// Why there is nothing to decline or to deflect any more.
    private var whyNotRinging: Refusal? {
        switch stage {
        case .preparing, .ringing, .diverting: direction == .incoming ? nil : .onlyIncoming
        case .dialing: .onlyIncoming
        case .accepting, .talking: direction == .incoming ? .alreadyAnswered : .onlyIncoming
        case .tone, .ending: .callIsOver
        }
    }

    private func whyNot(_ to: Deflection) -> Refusal? {
        if nextKey(.device).index >= Limit.legs || nextKey(.fallback).index >= Limit.legs { return .tooOften }
        let number = dialled(to)
        return EmergencyNumbers.isOne(number, behind: profile.outsidePrefix) ? .emergency : nil
    }

    func dialled(_ to: Deflection) -> String {
        switch to {
        case .device(let device): profile.dialled(device)
        case .number(let to): profile.dialled(to)
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

extension Refusal {
    static let alreadyAnswered = Refusal(
        409, "already-answered", "This call is answered already: hang up instead, or go on talking.")
    static let callIsOver = Refusal(409, "call-over", "This call is over: there is nothing to decline or to deflect.")
    static let onlyIncoming = Refusal(
        409, "not-incoming", "Only a call that comes in can be declined or deflected: hang up instead.")
    static let tooOften = Refusal(
        409, "deflected-too-often", "This call has been deflected too often: answer it, or decline it.")
    static let deviceBusy = Refusal(
        409, "device-busy", "That phone is on another call of yours: choose another one, or end that call first.")
}
