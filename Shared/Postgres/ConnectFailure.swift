import CLibPQ

extension Database {
    /// What a database's URL must look like.
    public static let urlForm = ConnectFailure.form
    /// What is wrong with a database's URL, in words that do not repeat it; nil if nothing.
    public static func problem(inURL text: String) -> String? { ConnectFailure.problem(text) }
}

/// Turns a failed connect into an error that names what to mend in the database URL.
enum ConnectFailure {
    fileprivate static let form = "postgresql://user:password@host:port/database"

    /// - Throws: `.badURL` if libpq cannot read it. The password is never part of the message.
    static func check(_ url: String) throws(PostgresError) {
        guard let why = problem(url) else { return }
        throw PostgresError(.badURL, "database.url cannot be read (\(why)); expected \(form)")
    }

    fileprivate static func problem(_ url: String) -> String? {
        var problem: UnsafeMutablePointer<CChar>?
        let isURL = url.hasPrefix("postgresql://") || url.hasPrefix("postgres://")
        guard isURL else { return "it does not begin with postgresql://" }
        if let options = PQconninfoParse(url, &problem) {
            defer { PQconninfoFree(options) }
            // Otherwise the port is looked at when it is connected to.
            return isWrong(port: options) ? "the port is no number" : nil
        }
        defer { PQfreemem(problem) }
        guard let text = problem.map({ String(cString: $0) }) else { return "out of memory" }
        // After the colon it repeats the URL or a part of it, which may be the password.
        return text.firstRange(of: ": ").map { String(text[..<$0.lowerBound]) } ?? text.split(separator: "\n").joined()
    }

    private static func isWrong(port options: UnsafeMutablePointer<PQconninfoOption>) -> Bool {
        var option = options
        while let keyword = option.pointee.keyword {
            if String(cString: keyword) == "port", let value = option.pointee.val {
                // One for each host, or empty for the usual one.
                let ports = String(cString: value).split(separator: ",")
                return ports.contains { UInt16($0) == nil }
            }
            option += 1
        }
        return false
    }

    static func error(of handle: OpaquePointer) -> PostgresError {
        let text = Link.text(of: handle)
        let state = sqlState(in: text)
        let place = place(of: handle)
        if PQconnectionNeedsPassword(handle) == 1 {
            return PostgresError(
                .login, "database.url: \(place) asks for a password, and none is given", sqlState: state)
        }
        switch state {
        case "28P01", "28000":
            let user = PQuser(handle).map { String(cString: $0) } ?? ""
            return PostgresError(
                .login, "database.url: \(place) refused user \"\(user)\": mend user or password (\(text))",
                sqlState: state)
        case "3D000":
            let name = PQdb(handle).map { String(cString: $0) } ?? ""
            return PostgresError(
                .missingDatabase,
                "database.url: \(place) has no database \"\(name)\": create it, or mend the name", sqlState: state)
        case .some:
            return PostgresError(
                .unavailable, "database.url: \(place) takes no connection now (\(text))", sqlState: state)
        case nil:
            return PostgresError(
                .unreachable,
                "database.url: no PostgreSQL answers at \(place): start it, or mend host and port (\(text))")
        }
    }

    static func late(_ handle: OpaquePointer, afterMs: Int) -> PostgresError {
        PostgresError(
            .unreachable,
            "database.url: \(place(of: handle)) did not answer within \(afterMs / 1000) s: mend host, port or firewall")
    }

    private static func place(of handle: OpaquePointer) -> String {
        let host = PQhost(handle).map { String(cString: $0) } ?? ""
        let port = PQport(handle).map { String(cString: $0) } ?? ""
        return "\(host.isEmpty ? "the server" : host):\(port.isEmpty ? "5432" : port)"
    }

    /// The verbose text reads "… FATAL:  28P01: password …"; the word before the code depends on the language.
    static func sqlState(in text: String) -> String? {
        text.split(whereSeparator: { $0 == " " || $0 == ":" }).lazy.map(String.init).first { word in
            let bytes = word.utf8
            return bytes.count == 5 && bytes.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
                && bytes.contains { (48...57).contains($0) } && text.contains(":  \(word): ")
        }
    }
}
