import TelephonyModel

/// Who the far side of an INVITE sees; numbers of the company only. The driver writes each as
/// `<sip:NUMBER@HOST;user=phone>`.
public struct Identity: Codable, Hashable, Sendable {
    /// From, and P-Asserted-Identity (RFC 3325 §9.1): E.164 with `+`.
    public var number: String
    /// Diversion (RFC 5806): whom the call was for, so that a mailbox greets for the right user.
    public var diversion: String?
    public init(number: String, diversion: String? = nil) { (self.number, self.diversion) = (number, diversion) }
}

extension Profile {
    /// The built-in identity profile: every leg shows the office number, a fallback learns whose call it is.
    func identity(for role: LegRole) -> Identity {
        switch role {
        case .device, .party: Identity(number: officeNumber)
        case .fallback: Identity(number: officeNumber, diversion: officeNumber)
        }
    }

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
