/// Writes header lines; whatever is put in, no line can be broken out of.
struct HeaderLines {
    private(set) var text = ""

    mutating func add(_ name: String, _ value: String) {
        text += Self.oneLine(name) + ": " + Self.oneLine(value) + "\r\n"
    }

    /// RFC 3326.
    mutating func add(_ reason: ReasonHeader?) {
        guard let reason else { return }
        var value = reason.scheme
        if let cause = reason.cause { value += ";cause=\(cause)" }
        if let text = reason.text { value += ";text=\(Self.quoted(text))" }
        add("Reason", value)
    }

    /// RFC 7989 §4: ours, then the far side's, which is null until we know it.
    mutating func addSessionID(_ own: String?, far: String?) {
        guard let own else { return }
        add("Session-ID", own + ";remote=" + (far ?? String(repeating: "0", count: 32)))
    }

    /// Nil if nothing was added: what the library takes for "no headers".
    var lines: String? { text.isEmpty ? nil : text }

    /// `sip:NUMBER@HOST;user=phone` in angle brackets (RFC 3261 §19.1.1).
    static func phone(_ number: String, at host: String) -> String {
        "<sip:\(escaped(number))@\(host);user=phone>"
    }

    /// A user part: all but unreserved, mark and some user-unreserved characters is escaped (RFC 3261 §25.1).
    static func escaped(_ user: String) -> String {
        var text = ""
        for byte in user.utf8 {
            if isPlain(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }

    private static let marks = Set("-_.!~*'()&=+$,/".utf8)

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: marks.contains(byte)
        }
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            quoted.append(character)
        }
        return quoted + "\""
    }

    static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 ? " " : $0 }))
    }
}
