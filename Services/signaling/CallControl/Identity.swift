import BusContract
import TelephonyModel

/// Who the far side of an INVITE sees. The driver writes it as the trunk's identity profile says.
public struct Identity: Codable, Hashable, Sendable {
    /// Who calls: the office number, E.164 with `+`.
    public var number: String
    /// Diversion (RFC 5806): whom the call was for, so that a mailbox greets for the right user.
    public var diversion: String?
    /// Why it goes on; nil: it follows its user, or he deflected it.
    public var why: FallbackReason?
    /// The caller of a diverted call, to be shown instead of `number`: the one number that the company does not own
    /// (PRODUCT §6); without number he is anonymous. Nil unless the profile allows it on this phone.
    public var caller: PartyView?
    /// Of the phone that is called: inside phones show the caller's name, too.
    public var reach: Reach
    public init(
        number: String, diversion: String? = nil, why: FallbackReason? = nil, caller: PartyView? = nil,
        reach: Reach = .outside
    ) {
        (self.number, self.diversion, self.why) = (number, diversion, why)
        (self.caller, self.reach) = (caller, reach)
    }
}

extension Call {
    /// Every leg shows the office number, a fallback learns whose call it is; a phone of the user's may show who calls.
    func identity(of leg: CallLeg) -> Identity {
        let office = profile.officeNumber
        if leg.key.role == .fallback {
            return Identity(number: office, diversion: office, why: triedFallback ? whyDiverted : nil)
        }
        guard leg.showsCaller else { return Identity(number: office) }
        return Identity(number: office, diversion: office, caller: party, reach: leg.reach)
    }

    /// Whether the caller stands on this phone instead of its user. Outside, an inside caller would show a number that
    /// nobody can call.
    func mayShowCaller(on reach: Reach) -> Bool {
        guard direction == .incoming, !callerNumberRefused else { return false }
        switch (profile.showsCaller, reach) {
        case (.never, _), (.inside, .outside): return false
        case (.inside, .inside), (.everywhere, .inside): return true
        case (.everywhere, .outside): return self[.party]?.reach == .outside
        }
    }
}

extension Profile {
    /// User part of the Request-URI for a number of this office.
    /// The user's own extension would come back to us: his office phone is reached by the bypass prefix.
    /// Behind an outside-line prefix a `+` is written as 00 (ITU-T E.164 §7.3.1: the recommended international prefix).
    func dialled(_ number: String, _ reach: Reach) -> String {
        switch reach {
        case .inside: number == self.extension || number == officeNumber ? bypassPrefix + self.extension : number
        case .outside where outsidePrefix.isEmpty || !number.hasPrefix("+"): outsidePrefix + number
        case .outside: outsidePrefix + "00" + number.dropFirst()
        }
    }
}
