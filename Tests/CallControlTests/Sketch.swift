import BusContract
import CallControl
import TelephonyModel

/// An effect in a few words, so that a story reads as one: legs are d, d1 … (devices), p (party), f (fallback).
func sketch(_ effect: Seat.Effect) -> String {
    switch effect {
    case .invite(let leg, let invitation): "invite \(short(leg)) \(sketch(invitation))"
    case .acknowledge(let leg): "ack \(short(leg))"
    case .cancel(let leg, let reason): "cancel \(short(leg))\(sketch(reason))"
    case .provisional(let leg, let status): "\(status) to \(short(leg))"
    case .accept(let leg, let audio): "200 to \(short(leg)) from port \(audio.port)"
    case .refuse(let leg, let status, let reason): "\(status) to \(short(leg))\(sketch(reason))"
    case .redirect(let leg, let number, _): "302 to \(short(leg)): \(number)"
    case .bye(let leg, let reason): "bye \(short(leg))\(sketch(reason))"
    case .forget(let leg): "forget \(short(leg))"
    case .openMedia(_, let legs): "open media \(short(legs))"
    case .media(_, _, let commands): "media: " + commands.map(sketch).joined(separator: ", ")
    case .closeMedia(_, let instance): "close media\(instance == house.media ? "" : " at \(instance)")"
    case .reserve(_, let wants, let evenIfFull): "reserve \(sketch(wants))\(evenIfFull ? " even if full" : "")"
    case .release(_, let legs): "release \(short(legs))"
    case .callerNumberRefused: "caller's number refused"
    case .publish(let what, let picture, let position): "\(position.sequence) call.\(what)\(sketch(picture))"
    case .publishLeg(let what, let picture, let position):
        "\(position.sequence) leg.\(what) \(short(picture.leg))\(picture.status.map { " \($0)" } ?? "")"
    case .checkpoint(let revision): "checkpoint \(revision)"
    case .taken(let question, let picture, _):
        "question \(question.raw): taken, call \(picture.call) is \(picture.phase)"
    case .done(let question): "question \(question.raw): done"
    case .refused(let question, let refusal): "question \(question.raw): \(refusal.status) \(refusal.code)"
    case .arm(let timer, let deadline): "arm \(timer.what) \(deadline.milliseconds)"
    case .disarm(let timer): "disarm \(timer.what)"
    case .defect(let text): "DEFECT \(text)"
    }
}

private func short(_ leg: LegID) -> String {
    (leg.call == house.call ? "" : "\(leg.call)-") + String(leg.rawValue.dropFirst(leg.call.rawValue.count + 1))
}

private func short(_ legs: [LegID]) -> String { legs.map(short).joined(separator: "+") }

private func sketch(_ invitation: Invitation) -> String {
    let diversion = invitation.identity.diversion.map { " diverted from \($0)" } ?? ""
    let shown = invitation.identity.caller.map { $0.number ?? "anonymous" } ?? invitation.identity.number
    return "at \(invitation.number) as \(shown)\(diversion)"
}

private func sketch(_ reason: SIPReason?) -> String { reason.map { " (\($0.scheme.rawValue) \($0.cause))" } ?? "" }

private func sketch(_ wants: [LinesRequest.Want]) -> String {
    wants.map { "\(short($0.leg)) \($0.use.sip)/\($0.use.outside)" }.joined(separator: " + ")
}

private func sketch(_ picture: CallPicture) -> String {
    guard let reason = picture.reason else { return picture.unprotected ? " unprotected" : "" }
    return " \(reason)" + (picture.endedBy.map { " by \($0)" } ?? "")
}

private func sketch(_ command: MediaCommand) -> String {
    switch command {
    case .remote(let leg, let audio): "\(short(leg)) at \(audio.port)"
    case .hear(let leg, .leg(let other)): "\(short(leg)) hears \(short(other))"
    case .hear(let leg, .tone(let tone)): "\(short(leg)) hears \(tone)"
    case .hear(let leg, .silence): "\(short(leg)) hears nothing"
    case .hear(let leg, .prompt(let name, let language, let times)):
        "\(short(leg)) hears \"\(name)\" \(language) x\(times)"
    case .collect(let leg, let id, let digits, let timeout): "collect \(digits) of \(short(leg)) (\(id), \(timeout) ms)"
    case .stopCollecting(let leg): "stop collecting of \(short(leg))"
    }
}
