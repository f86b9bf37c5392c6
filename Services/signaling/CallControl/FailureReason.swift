import BusContract
import TelephonyModel

/// Why a leg of ours failed, in the words of the journal.
/// Sources: RFC 3261 §21; Q.850 causes as RFC 3398 §8.2.6.1 maps them.
enum LegFailure {
    /// Q.850: no circuit available, switching equipment congestion, requested channel not available.
    private static let congested: Set = [34, 42, 44]

    /// - Parameter rang: whether a 18x came before; a phone that never rang could not be reached.
    static func ofParty(_ status: Int, _ cause: Int?, rang: Bool) -> EndReason {
        if isWithoutLine(status, cause) { return .noLine }
        switch status {
        case 486, 600: return .partyBusy
        case 603: return .partyDeclined
        case 404, 410, 484, 604: return .wrongNumber
        case 415, 488, 606: return .noCommonCodec
        default: return ofParty(cause) ?? (rang && isSilence(status) ? .partyNoAnswer : .partyUnreachable)
        }
    }

    static func ofDevice(_ status: Int, _ cause: Int?, rang: Bool) -> EndReason {
        if isWithoutLine(status, cause) { return .noLine }
        switch status {
        case 486, 600: return .deviceBusy
        case 603: return .deviceDeclined
        case 415, 488, 606: return .noCommonCodec
        default: return ofDevice(cause) ?? (rang && isSilence(status) ? .deviceNoAnswer : .deviceUnreachable)
        }
    }

    /// A full trunk: 503, or one of the congestion causes behind 480 or 486.
    private static func isWithoutLine(_ status: Int, _ cause: Int?) -> Bool {
        status == 503 || ([480, 486].contains(status) && cause.map(congested.contains) == true)
    }

    /// Answers of a phone that rang and was left alone.
    private static func isSilence(_ status: Int) -> Bool { [408, 480, 487].contains(status) }

    /// Q.850 says more than a 480 or a 500.
    private static func ofParty(_ cause: Int?) -> EndReason? {
        switch cause {
        case 17: .partyBusy
        case 21: .partyDeclined
        case 18, 19: .partyNoAnswer
        case 1, 28: .wrongNumber
        default: nil
        }
    }

    private static func ofDevice(_ cause: Int?) -> EndReason? {
        switch cause {
        case 17: .deviceBusy
        case 21: .deviceDeclined
        case 18, 19: .deviceNoAnswer
        default: nil
        }
    }
}

extension EndReason {
    /// Whose doing it was that a call ended before the talk.
    var doer: EndedBy {
        switch self {
        case .cancelled, .deviceBusy, .deviceDeclined: .user
        case .missed, .partyBusy, .partyDeclined, .completed: .party
        default: .system
        }
    }

    /// What a phone hears whose target cannot be had (ITU-T E.180 §5, §6): congestion says that it was not the person.
    var tone: Tone {
        switch self {
        case .partyBusy, .partyDeclined, .partyNoAnswer: .busy
        default: .congestion
        }
    }
}

extension EndReason {
    /// What a BYE says that is no ordinary end; nil: normal clearing.
    var hangUpReason: SIPReason? { self == .serviceFailed ? .temporaryFailure : nil }
}

extension SIPReason {
    /// Sent to those whose ringing ended because somebody else answered: they show no missed call.
    static let completedElsewhere = SIPReason(.sip, 200, "Call completed elsewhere")
    static let userBusy = SIPReason(.q850, 17, "User busy")
    static let temporaryFailure = SIPReason(.q850, 41, "Temporary failure")
    static let normalClearing = SIPReason(.q850, 16, "Normal call clearing")

    /// Whether a CANCEL with this reason means that the call was taken, not lost.
    var isCompletedElsewhere: Bool { scheme == .sip && cause == 200 }

    /// What a phone is told that hung up on nobody: its target failed with this status.
    static func target(_ status: Int) -> SIPReason {
        switch status {
        case 486, 600: SIPReason(.sip, status, "Busy")
        case 603: SIPReason(.sip, status, "Decline")
        case 404, 410, 484, 604: SIPReason(.sip, status, "Number not found")
        case 408, 480: SIPReason(.sip, status, "No answer")
        default: SIPReason(.sip, status, "Target not reached")
        }
    }
}
