// What the far sides read of messages of the stack, and write.
extension LiveCalls {
    static func line(_ name: String, of text: String) -> String {
        for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
            if line.isEmpty { return "" }
            if line.hasPrefix(name + ": ") { return String(line.dropFirst(name.count + 2)) }
        }
        return ""
    }

    static func parameter(_ name: String, of value: String) -> String {
        let parts = value.split(separator: ";").first { $0.hasPrefix(name + "=") }
        return parts.map { String($0.dropFirst(name.count + 1)) } ?? ""
    }

    static func tag(_ value: String) -> String { parameter("tag", of: value) }

    private static let copied = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "]

    private static func copies(_ text: String, onlyTopVia: Bool = false) -> [Substring] {
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
            .filter { line in copied.contains { line.hasPrefix($0) } }
        if onlyTopVia, let top = lines.firstIndex(where: { $0.hasPrefix("Via: ") }) {
            lines = [lines[top]] + lines.filter { !$0.hasPrefix("Via: ") }
        }
        return lines
    }

    /// ACK to the answer of an INVITE.
    static func acknowledgement(of answer: String) -> String {
        let lines = copies(answer, onlyTopVia: true).map {
            $0.hasPrefix("CSeq: ") ? String($0.replacing(" INVITE", with: " ACK")) : String($0)
        }
        return (["ACK sip:rufbus@127.0.0.1 SIP/2.0"] + lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
    }

    static func plainAnswer(to request: String) -> String {
        (["SIP/2.0 200 OK"] + copies(request).map(String.init) + ["Content-Length: 0", "", ""])
            .joined(separator: "\r\n")
    }
}
