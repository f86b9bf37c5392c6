import CLibPQ
import Glibc

extension Database {
    /// What a database's URL must look like.
    public static let urlForm = DatabaseURL.form
    /// What is wrong with a database's URL, in words that do not repeat it; nil if nothing.
    public static func problem(inURL text: String) -> String? { DatabaseURL.problem(text) }
}

/// Looks for mistakes in a database's URL before it is connected to, where libpq finds them late or not at all.
/// What is wrong is said in words that never hold the password.
enum DatabaseURL {
    static let form = "postgresql://user:password@host:port/database"

    static func error(_ why: String) -> PostgresError {
        PostgresError(.badURL, "database.url cannot be read (\(why)); expected \(form)")
    }

    static func problem(_ url: String) -> String? {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            return "it does not begin with postgresql://"
        }
        var problem: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &problem) else {
            defer { PQfreemem(problem) }
            return unreadable(problem.map { String(cString: $0) } ?? "out of memory")
        }
        defer { PQconninfoFree(options) }
        let values = values(options)
        return checks.lazy.compactMap { $0(values) }.first
    }

    /// After a colon libpq repeats the URL or a part of it, which may be the password.
    private static func unreadable(_ text: String) -> String {
        let head = text.firstRange(of: ": ").map { String(text[..<$0.lowerBound]) }
        let parameter = "invalid URI query parameter"
        if head == parameter, let name = text.split(separator: "\"").dropFirst().first {
            return "it has no parameter \"\(name)\""
        }
        return head ?? text.split(separator: "\n").joined()
    }

    private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var (values, option): ([String: String], _) = ([:], options)
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    // MARK: Checks

    private static let checks: [@Sendable ([String: String]) -> String?] = [ports, hosts, words, numbers, files, roads]

    private static func ports(_ values: [String: String]) -> String? {
        // One for each host, or empty for the usual one.
        let ports = (values["port"] ?? "").split(separator: ",")
        return ports.contains { (UInt16($0) ?? 0) == 0 } ? "the port is no number from 1 to 65535" : nil
    }

    private static func hosts(_ values: [String: String]) -> String? {
        let hosts = (values["host"] ?? "").split(separator: ",", omittingEmptySubsequences: false).count
        let ports = (values["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false).count
        return ports > 1 && ports != hosts ? "it has \(hosts) hosts and \(ports) ports" : nil
    }

    private static let known = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
        "channel_binding": ["disable", "prefer", "require"], "gssencmode": ["disable", "prefer", "require"],
    ]

    private static func words(_ values: [String: String]) -> String? {
        for (name, words) in known.sorted(by: { $0.key < $1.key }) {
            if let value = values[name], !words.contains(value) {
                return "\(name) is none of \(words.joined(separator: ", "))"
            }
        }
        return nil
    }

    private static func numbers(_ values: [String: String]) -> String? {
        let names = [
            "connect_timeout", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
            "tcp_user_timeout",
        ]
        return names.first { name in values[name].map { Int($0) == nil } ?? false }.map { "\($0) is no number" }
    }

    private static func files(_ values: [String: String]) -> String? {
        let missing = ["sslrootcert", "sslcert", "sslkey"].first { name in
            values[name].map { access($0, R_OK) != 0 } ?? false
        }
        return missing.map { "\($0) names no file that can be read" }
    }

    /// A connection for replication speaks another language.
    private static func roads(_ values: [String: String]) -> String? {
        values["replication"].map { _ in "replication is not for this program" }
    }
}
