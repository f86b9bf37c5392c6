/// What an INVITE says about whom it is for and who calls: user parts of URIs, unescaped, as they were written.
public struct InviteHeaders: Hashable, Sendable {
    public struct Caller: Hashable, Sendable {
        public var user: String?
        public var host: String?
        public var display: String?
        public init(user: String?, host: String? = nil, display: String? = nil) {
            (self.user, self.host, self.display) = (user, host, display)
        }
    }

    /// Diversion, topmost first: the last diversion is the first element (RFC 5806 §4).
    public var diversions: [String]
    /// History-Info, the oldest first (RFC 7044).
    public var historyInfo: [String]
    /// P-Called-Party-ID (RFC 7315 §4.2).
    public var calledParty: String?
    public var requestURI: String?
    public var to: String?
    public var from: Caller
    /// P-Asserted-Identity (RFC 3325 §9.1).
    public var asserted: [Caller]
    /// Privacy (RFC 3323 §4.2), lower case.
    public var privacy: [String]

    public init(
        diversions: [String] = [], historyInfo: [String] = [], calledParty: String? = nil, requestURI: String?,
        to: String?, from: Caller, asserted: [Caller] = [], privacy: [String] = []
    ) {
        (self.diversions, self.historyInfo, self.calledParty) = (diversions, historyInfo, calledParty)
        (self.requestURI, self.to, self.from) = (requestURI, to, from)
        (self.asserted, self.privacy) = (asserted, privacy)
    }
}
