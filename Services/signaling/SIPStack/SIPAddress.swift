/// A URI with what stands around it in a header (name-addr, RFC 3261 §20.10).
public struct SIPAddress: Sendable, Hashable {
    /// Display name without quotes.
    public var display: String?
    /// Lower case: "sip", "sips", "tel" …
    public var scheme: String
    /// User part without its parameters and escapes; of a tel: URI the number. Nil if there is none.
    public var user: String?
    /// Host without port; nil in a tel: URI.
    public var host: String?
    public var port: UInt16?
    /// The whole URI as received.
    public var uri: String
    /// Header parameters behind the URI; names lower case.
    public var parameters: [String: String]
}
