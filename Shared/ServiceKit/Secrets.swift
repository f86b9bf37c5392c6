/// Hides passwords in settings that are shown.
enum Secrets {
    /// A URL or connection string without its passwords, also if it is badly written.
    static func masked(_ text: String) -> String { masked(userinfoOf: maskedParameters(text)) }

    /// `password=…` of a query or a list of words.
    private static func maskedParameters(_ text: String) -> String {
        text.replacing(/(?i)(password\s*=\s*)[^&\s]+/) { "\($0.output.1)***" }
    }

    /// `//user:password@host` (RFC 3986 §3.2.1). The last `@` counts, since a password may hold one that should have
    /// been written `%40`. Without any, what stands in the port's place and is no number may be a password.
    private static func masked(userinfoOf text: String) -> String {
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        let rest = text[start...]
        if let end = rest.lastIndex(of: "@") {
            guard let colon = rest[..<end].firstIndex(of: ":") else { return text }
            return text[...colon] + "***" + text[end...]
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard start > text.startIndex, let colon = authority.lastIndex(of: ":") else { return text }
        let port = authority[authority.index(after: colon)...]
        guard !port.allSatisfy(\.isNumber) else { return text }
        return text[...colon] + "***" + text[authority.endIndex...]
    }
}
