import BusContract
import TelephonyModel

/// Where an incoming call goes that no phone of the user's took: the user's fallback for the reason, then the answer
/// with which the trunk takes its second route. A known user's caller always gets somewhere (PRODUCT §3.6).
extension Call {
    /// The user's fallback, once; what it failed for is not asked any more.
    mutating func divert(_ work: inout Work) {
        guard !triedFallback, let to = profile.fallback(for: whyDiverted) else { return handBack(&work) }
        triedFallback = true
        divert(to, &work)
    }

    /// For which reason: the one that the user's rules give, if they let no phone ring.
    var whyDiverted: FallbackReason {
        switch (route, failure) {
        case (.fallback(let reason), .notRung?): reason
        case (.divert, .notRung?): .noAnswer
        case (_, let failure): FallbackReason(failure ?? .deviceUnreachable)
        }
    }

    /// To this number, under the user's office number.
    mutating func divert(_ to: Destination, _ work: inout Work) {
        stage = .diverting
        let key = nextKey(.fallback)
        add(
            CallLeg(
                key, of: id, to.reach, number: profile.dialled(to), port: freePort(for: key), at: work.now))
        askLines([key], evenIfFull: false, &work)
    }

    /// Nobody took it. 480 rather than 486, on which many PBXs give up; that the user is talking stands in its Reason,
    /// for those who show it to the caller.
    mutating func handBack(_ work: inout Work) {
        let isTalking = !toDevices && route == .ring
        let why = failure ?? (route == .ring ? .deviceUnreachable : .notRung)
        end(why, answering: lastAnswer(isTalking ? .userBusy : nil), &work)
    }

    /// How this trunk takes its second route.
    func lastAnswer(_ reason: SIPReason? = nil) -> FinalAnswer {
        switch profile.lastAnswer {
        case .unavailable: .status(503, reason)
        case .notHere: .status(480, reason)
        case .redirect: redirection.map(FinalAnswer.redirect) ?? .status(480, reason)
        }
    }

    /// What the PBX can do as well as we: reach the fallback. Not one that we have called in vain.
    private var redirection: String? {
        guard let to = profile.fallback(for: whyDiverted).map(profile.dialled) else { return nil }
        let isInVain = legs.contains { $0.number == to && $0.status != nil }
        return isInVain || EmergencyNumbers.isOne(to, behind: profile.outsidePrefix) ? nil : to
    }
}

/// What a caller without a final answer is told.
enum FinalAnswer {
    case status(Int, SIPReason? = nil)
    /// 302: the trunk is to call this number instead.
    case redirect(String)
}

extension FallbackReason {
    /// As which a phone's failure counts.
    init(_ failure: EndReason) {
        switch failure {
        case .deviceBusy: self = .busy
        case .deviceDeclined: self = .declined
        case .deviceNoAnswer, .guardNotPassed: self = .noAnswer
        case .noLine: self = .noLine
        default: self = .unreachable
        }
    }
}
