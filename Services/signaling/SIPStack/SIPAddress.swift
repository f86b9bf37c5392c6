/// A URI with what stands around it in a header (name-addr or addr-spec, RFC 3261 §20.10).
public struct SIPAddress: Sendable, Hashable {
    /// Display name without quotes.
    public var display: String?
    /// Lower case: "sip", "sips", "tel" …
    public var scheme: String
    /// User part without its parameters, password and escapes; of a tel: URI the number. Nil if there is none.
    public var user: String?
    /// Host without port; nil in a tel: URI.
    public var host: String?
    public var port: UInt16?
    /// The whole URI as received.
    public var uri: String
    /// Header parameters behind the URI; names lower case, values without quotes.
    public var parameters: [String: String]

    /// Reads one value of a header. Nil if there is no URI in it.
    public init?(_ text: String) {
        let parts = HeaderText.divide(Substring(text), at: ";")
        guard let first = parts.first else { return nil }
        var body = HeaderText.trim(first)
        if let open = HeaderText.firstUnquoted("<", in: Substring(text)) {
            guard let close = text[open...].firstIndex(of: ">") else { return nil }
            display = HeaderText.unquoted(HeaderText.trim(text[..<open]))
            body = HeaderText.trim(text[text.index(after: open)..<close])
            let behind = HeaderText.divide(text[text.index(after: close)...], at: ";")
            parameters = HeaderText.parameters(behind.dropFirst())
        } else {
            parameters = HeaderText.parameters(parts.dropFirst())
        }
        if display?.isEmpty == true { display = nil }
        guard let colon = body.firstIndex(of: ":"), colon > body.startIndex else { return nil }
        uri = String(body)
        scheme = body[..<colon].lowercased()
        readURI(body[body.index(after: colon)...])
    }

    /// Reads all values of a header's lines, in their order; what is no address is left out.
    static func list(_ lines: [String]) -> [SIPAddress] {
        lines.flatMap { HeaderText.divide(Substring($0), at: ",") }.compactMap { SIPAddress(String($0)) }
    }

    private mutating func readURI(_ text: Substring) {
        let bare = text.prefix { $0 != "?" }
        guard scheme == "sip" || scheme == "sips" else {
            user = HeaderText.unescaped(bare.prefix { $0 != ";" && $0 != "@" })
            return
        }
        var place = bare
        if let at = bare.lastIndex(of: "@") {
            user = HeaderText.unescaped(bare[..<at].prefix { $0 != ";" && $0 != ":" })
            place = bare[bare.index(after: at)...]
        }
        readPlace(place.prefix { $0 != ";" })
    }

    private mutating func readPlace(_ text: Substring) {
        let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":")
        host = String(text[..<(end ?? text.endIndex)]).lowercased()
        guard let end, end < text.endIndex, text[end] == ":" else { return }
        port = UInt16(text[text.index(after: end)...])
    }
}
