/// Who the far side of an INVITE of ours sees: user parts and names, unescaped; each stands at our own address.
public struct SIPIdentity: Sendable, Hashable {
    public struct Name: Sendable, Hashable {
        /// Nil: `sip:anonymous@anonymous.invalid` (RFC 3323 §4.1.1.3).
        public var user: String?
        public var display: String?
        public init(_ user: String?, display: String? = nil) { (self.user, self.display) = (user, display) }
    }

    /// Two entries of History-Info (RFC 7044): whom the call was for, and where it goes now.
    public struct History: Sendable, Hashable {
        public var user: String
        public var target: String
        /// Why it goes on (RFC 4458 §2).
        public var cause: Int
        public init(user: String, target: String, cause: Int) {
            (self.user, self.target, self.cause) = (user, target, cause)
        }
    }

    public var from: Name
    /// P-Asserted-Identity (RFC 3325 §9.1).
    public var asserted: Name?
    /// P-Preferred-Identity (RFC 3325 §9.2).
    public var preferred: Name?
    public var diversion: DivertedFrom?
    public var history: History?
    /// Privacy (RFC 3323 §4.2).
    public var privacy: String?

    public init(
        from: Name, asserted: Name? = nil, preferred: Name? = nil, diversion: DivertedFrom? = nil,
        history: History? = nil, privacy: String? = nil
    ) {
        (self.from, self.asserted, self.preferred) = (from, asserted, preferred)
        (self.diversion, self.history, self.privacy) = (diversion, history, privacy)
    }
}

extension HeaderLines {
    /// All of an identity but From.
    mutating func add(_ identity: SIPIdentity, at host: String) {
        if let name = identity.asserted { add("P-Asserted-Identity", Self.address(name, at: host)) }
        if let name = identity.preferred { add("P-Preferred-Identity", Self.address(name, at: host)) }
        if let diversion = identity.diversion {
            let address = Self.phone(diversion.number, at: host)
            add("Diversion", "\(address);reason=\(diversion.reason);counter=\(diversion.count)")
        }
        if let history = identity.history {
            // RFC 7044 §5: the second entry was mapped from the first.
            add("History-Info", "\(Self.phone(history.user, at: host));index=1")
            let target = "<sip:\(Self.escaped(history.target))@\(host);user=phone;cause=\(history.cause)>"
            add("History-Info", target + ";index=1.1;mp=1")
        }
        if let privacy = identity.privacy { add("Privacy", privacy) }
    }

    /// `"Name" <sip:…>`
    static func address(_ name: SIPIdentity.Name, at host: String) -> String {
        let uri = name.user.map { phone($0, at: host) } ?? "<sip:anonymous@anonymous.invalid>"
        return oneLine(name.display.map { quoted($0) + " " + uri } ?? uri)
    }
}
