import TelephonyModel

/// How a trunk is told who calls and whom a call was for (PRODUCT §6): which header carries which number, and in which
/// form. Data, written by the operator. It never shows a number that the company does not own, with one exception:
/// `showsCaller`.
public struct IdentityProfile: Codable, Hashable, Sendable {
    /// How a number is written in a header; `+498984098723` of an office in Munich as an example.
    public enum NumberFormat: String, Codable, Sendable, CaseIterable {
        /// `+498984098723`
        case plus
        /// `498984098723`
        case bare
        /// `00498984098723`
        case zeros
        /// `08984098723`; a number of another country as `zeros`.
        case national
    }

    /// What a header shows.
    public struct Header: Codable, Hashable, Sendable {
        public enum Number: String, Codable, Sendable, CaseIterable {
            /// Who calls, as far as it may be shown: usually the user's office number.
            case caller
            /// The user's office number, whoever calls.
            case office
        }
        public var number: Number
        public var format: NumberFormat
        /// E.164 with `+`: always this one, such as the number that the carrier knows the trunk by.
        public var fixed: String?
        public init(_ number: Number = .caller, _ format: NumberFormat = .plus, fixed: String? = nil) {
            (self.number, self.format, self.fixed) = (number, format, fixed)
        }
    }

    /// On which device legs the caller's number may stand, though the company does not own it.
    public enum ShowsCaller: String, Codable, Sendable, CaseIterable {
        case never
        /// On inside devices, with the caller's name: the PBX takes any number.
        case inside
        /// On outside devices of a diverted call too; needs `diversion` or `historyInfo`, which show the office number.
        case everywhere
    }

    /// How a call without a number is written.
    public enum Suppression: String, Codable, Sendable, CaseIterable {
        /// From is anonymous (RFC 3323 §4.1), and `Privacy: id` (RFC 3325 §9.3) keeps the other headers in the trunk.
        case anonymous
        /// From stays, `Privacy: id` asks the trunk to hide it.
        case privacyOnly
        /// The trunk cannot: such a call is refused.
        case refused
    }

    /// As its file calls it.
    public var name: String
    public var from: Header
    /// P-Asserted-Identity (RFC 3325 §9.1); nil: not sent. Likewise all that follow.
    public var asserted: Header?
    /// P-Preferred-Identity (RFC 3325 §9.2).
    public var preferred: Header?
    /// Diversion (RFC 5806): whom a call was for that goes on, so that the right mailbox greets.
    public var diversion: NumberFormat?
    /// History-Info (RFC 7044), for the same.
    public var historyInfo: NumberFormat?
    public var showsCaller: ShowsCaller
    public var suppression: Suppression

    public init(
        name: String = "built-in", from: Header = Header(), asserted: Header? = Header(), preferred: Header? = nil,
        diversion: NumberFormat? = .plus, historyInfo: NumberFormat? = nil, showsCaller: ShowsCaller = .never,
        suppression: Suppression = .anonymous
    ) {
        (self.name, self.from, self.asserted, self.preferred) = (name, from, asserted, preferred)
        (self.diversion, self.historyInfo) = (diversion, historyInfo)
        (self.showsCaller, self.suppression) = (showsCaller, suppression)
    }
}
