import BusContract
import CallControl
import IdentityProfiles
import SIPStack
import TelephonyModel

/// Who an INVITE of ours says it is from: a seat's words, written as the trunk's identity profile has them.
extension Driver {
    /// - Parameter diversions: of the call, with the one that this leg is.
    /// - Throws: what no trunk may be shown.
    func identity(
        of invitation: Invitation, on trunk: DirectoryTrunk, diversions: Int
    ) throws(Refusal) -> SIPIdentity {
        guard let office = directory.current?.office else { throw .noDirectory }
        let identity = invitation.identity
        let facts = IdentityFacts(
            officeNumber: identity.number, caller: identity.caller, reach: identity.reach,
            diverted: identity.diversion.map { _ in .init(DivertReason(identity.why), count: diversions) },
            target: invitation.number)
        return SIPIdentity(try trunk.identity.headers(for: facts, at: office))
    }
}

extension DivertReason {
    /// - Parameter why: nil: the call follows its user, or was deflected.
    init(_ why: FallbackReason?) {
        self =
            switch why {
            case nil: .unconditional
            case .doNotDisturb: .doNotDisturb
            case .timetable, .quietHours: .timeOfDay
            case .busy: .userBusy
            case .declined: .deflection
            case .noAnswer: .noAnswer
            case .unreachable, .noLine: .unavailable
            }
    }
}

extension SIPIdentity {
    init(_ headers: IdentityHeaders) {
        self.init(
            from: Name(headers.from), asserted: headers.asserted.map(Name.init),
            preferred: headers.preferred.map(Name.init),
            diversion: headers.diversion.map {
                DivertedFrom(number: $0.user, reason: $0.reason.rawValue, count: $0.count)
            },
            history: headers.history.map { History(user: $0.user, target: $0.target, cause: $0.cause) },
            privacy: headers.privacy)
    }
}

extension SIPIdentity.Name {
    init(_ address: IdentityHeaders.Address) { self.init(address.user, display: address.display) }
}

extension Refusal {
    fileprivate static let noDirectory = Refusal(503, "no-directory", "The directory is not read yet: try again.")
}
