/// The values of the headers of one INVITE that say who calls; the SIP stack adds our own host and writes them.
public struct IdentityHeaders: Hashable, Sendable {
    public struct Address: Hashable, Sendable {
        /// User part, unescaped; nil: `sip:anonymous@anonymous.invalid` (RFC 3323 §4.1.1.3).
        public var user: String?
        public var display: String?
        public init(_ user: String?, display: String? = nil) { (self.user, self.display) = (user, display) }
    }

    /// Diversion (RFC 5806).
    public struct Diversion: Hashable, Sendable {
        public var user: String
        public var reason: DivertReason
        public var count: Int
    }

    /// History-Info (RFC 7044): the office number, then where the call goes now. The second one's `cause` is what marks
    /// the first as diverting (RFC 7544 §5).
    public struct History: Hashable, Sendable {
        public var user: String
        public var target: String
        public var cause: Int
    }

    public var from: Address
    /// P-Asserted-Identity.
    public var asserted: Address?
    /// P-Preferred-Identity.
    public var preferred: Address?
    public var diversion: Diversion?
    public var history: History?
    /// Privacy (RFC 3323 §4.2): "id" or nothing.
    public var privacy: String?
}
