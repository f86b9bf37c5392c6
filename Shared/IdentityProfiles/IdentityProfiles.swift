// Identity as data (PRODUCT §6): profile + facts -> header values. A target of its own, since presence looks at
// profiles when it loads them and signaling uses them for each INVITE.
import BusContract
import TelephonyModel

extension IdentityProfile {
    /// The headers of one INVITE.
    /// - Throws: 403 `not-our-number` if a number would be shown that the company does not own; 422
    ///   `number-not-hidden` if the number is to be hidden and the trunk cannot.
    public func headers(for facts: IdentityFacts, at office: OfficeNumbers) throws(Refusal) -> IdentityHeaders {
        let shown = shown(facts, office)
        if facts.isSuppressed, suppression == .refused { throw .notHidden }
        let hides = facts.isSuppressed || (shown.isAnonymous && suppression != .refused)
        let writer = HeaderWriter(office: office, facts: facts, shown: shown)
        var headers = IdentityHeaders(
            from: hides && suppression == .anonymous ? .anonymous : try writer.address(from),
            asserted: try asserted.map(writer.address), preferred: try preferred.map(writer.address))
        headers.privacy = hides ? "id" : nil
        if let diverted = facts.diverted {
            headers.diversion = try diversion.map { (format) throws(Refusal) in
                let user = try writer.own(facts.officeNumber, format)
                return IdentityHeaders.Diversion(user: user, reason: diverted.reason, count: diverted.count)
            }
            headers.history = try historyInfo.map { (format) throws(Refusal) in
                let user = try writer.own(facts.officeNumber, format)
                return IdentityHeaders.History(user: user, target: facts.target, cause: diverted.reason.cause)
            }
        }
        return headers
    }

    /// Whom a phone shows: the office number, unless it is the user's own phone and may show his caller.
    private func shown(_ facts: IdentityFacts, _ office: OfficeNumbers) -> Shown {
        guard let caller = facts.caller, mayShowCaller(facts) else { return .office }
        guard let number = caller.number else { return .anonymous }
        // An inside caller's number is nothing that an outside phone could call back.
        if facts.reach == .outside, !number.hasPrefix("+") || office.owns(number) { return .office }
        return .caller(number, name: facts.reach == .inside ? caller.name : nil)
    }

    private func mayShowCaller(_ facts: IdentityFacts) -> Bool {
        switch showsCaller {
        case .never: false
        case .inside: facts.reach == .inside
        // On an outside phone only with the office number beside it.
        case .everywhere:
            facts.reach == .inside || (facts.diverted != nil && (diversion != nil || historyInfo != nil))
        }
    }
}

/// Whom a phone shows.
private enum Shown {
    case office, anonymous
    case caller(String, name: String?)
    var isAnonymous: Bool { if case .anonymous = self { true } else { false } }
}

/// Writes numbers as headers want them.
private struct HeaderWriter {
    let office: OfficeNumbers
    let facts: IdentityFacts
    let shown: Shown

    func address(_ header: IdentityProfile.Header) throws(Refusal) -> IdentityHeaders.Address {
        if let fixed = header.fixed { return .init(try own(fixed, header.format)) }
        if case .caller(let number, let name) = shown, header.number == .caller {
            return .init(header.format.write(number, office), display: name)
        }
        return .init(try own(facts.officeNumber, header.format))
    }

    /// - Throws: what is no number of the company goes into no header.
    func own(_ number: String, _ format: IdentityProfile.NumberFormat) throws(Refusal) -> String {
        guard office.owns(number) else { throw .notOurs(office) }
        return format.write(number, office)
    }
}

extension IdentityProfile.NumberFormat {
    /// - Parameter number: E.164 with `+`; anything else (an extension) stays as it is.
    func write(_ number: String, _ office: OfficeNumbers) -> String {
        guard number.hasPrefix("+") else { return number }
        let digits = String(number.dropFirst())
        switch self {
        case .plus: return number
        case .bare: return digits
        case .zeros: return "00" + digits
        case .national:
            let code = office.countryCode
            return digits.hasPrefix(code) ? "0" + digits.dropFirst(code.count) : "00" + digits
        }
    }
}

extension IdentityHeaders.Address {
    static let anonymous = Self(nil, display: "Anonymous")
}

extension Refusal {
    fileprivate static let notHidden = Refusal(
        422, "number-not-hidden", "This trunk cannot hide your number: call without hiding it.")

    fileprivate static func notOurs(_ office: OfficeNumbers) -> Refusal {
        Refusal(
            403, "not-our-number",
            "The call would show a number that the company does not own: an office number must begin with "
                + "\(office.trunkNumber). Ask your administrator to correct the directory.")
    }
}
