import CLibPQ

/// Turns a failed connect into an error that names what to mend: `ConnectSentences` has the words.
enum ConnectFailure {
    static func error(of handle: OpaquePointer) -> PostgresError {
        let text = Link.text(of: handle)
        let signs = ConnectSigns(
            state: sqlState(in: text), routine: routine(in: text), text: text,
            needsPassword: PQconnectionNeedsPassword(handle) == 1)
        return ConnectSentences.error(signs, facts(handle))
    }

    static func late(_ handle: OpaquePointer, afterMs: Int) -> PostgresError {
        ConnectSentences.late.error(ConnectSigns(text: "no answer within \(Double(afterMs) / 1000) s"), facts(handle))
    }

    /// What the sentences are filled with. The password is not among it.
    static func facts(_ handle: OpaquePointer) -> ConnectFacts {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String { value.map { String(cString: $0) } ?? "" }
        let (host, port) = (text(PQhost(handle)), text(PQport(handle)))
        return ConnectFacts(
            host: host.isEmpty ? "the server" : host, port: port.isEmpty ? "5432" : port, user: text(PQuser(handle)),
            database: text(PQdb(handle)))
    }

    /// The verbose text reads "… FATAL:  28P01: password …"; the word before the code depends on the language.
    private static func sqlState(in text: String) -> String? {
        text.split(whereSeparator: { $0 == " " || $0 == ":" }).lazy.map(String.init).first { word in
            let bytes = word.utf8
            return bytes.count == 5 && bytes.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
                && bytes.contains { (48...57).contains($0) } && text.contains(":  \(word): ")
        }
    }

    /// "LOCATION:  ClientAuthentication, auth.c:543": the place in the server's source is the same in each language.
    private static func routine(in text: String) -> String? {
        guard let file = text.firstRange(of: ".c:") else { return nil }
        let words = text[..<file.lowerBound].split(separator: " ")
        return words.dropLast().last.map { String($0.prefix { $0 != "," }) }
    }
}
