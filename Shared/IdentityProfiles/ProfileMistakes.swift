import BusContract

/// What is wrong in an identity profile, and at which key.
public struct ProfileMistake: Hashable, Sendable {
    /// As `IdentityProfile` and its file call it.
    public let key: String
    public let sentence: String
}

extension IdentityProfile {
    /// What an operator must not write: a profile that would show a number that the company does not own.
    public func mistakes(at office: OfficeNumbers) -> [ProfileMistake] {
        let headers = [("from", from), ("asserted", asserted), ("preferred", preferred)]
        var all = headers.compactMap { key, header -> ProfileMistake? in
            guard let fixed = header?.fixed, !office.owns(fixed) else { return nil }
            return ProfileMistake(
                key: key,
                sentence: "\(fixed) is no number of the company; expected one that begins with \(office.trunkNumber)")
        }
        if showsCaller == .everywhere, diversion == nil, historyInfo == nil {
            all.append(
                ProfileMistake(
                    key: "showsCaller",
                    sentence: "the caller's number is not the company's; showing it everywhere needs diversion or "
                        + "historyInfo, which show the office number"))
        }
        return all
    }
}
