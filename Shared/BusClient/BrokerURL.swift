import Foundation

/// Reads `bus.url`: `amqp://user:password@host:port/vhost`, each part percent-encoded where it must be; `amqps://` is
/// AMQP over TLS.
struct BrokerURL: Sendable, Hashable {
    let host: String
    let port: UInt16
    let user: String
    let password: String
    let virtualHost: String
    /// Nil without TLS.
    private(set) var tls: BusSettings.TLS?

    /// "127.0.0.1:5672", for messages.
    var place: String { "\(host):\(port)" }

    static let form = "amqp://user:password@host:port/vhost"
    private struct Problem: Error { let why: String }

    /// - Throws: `.badURL`.
    init(_ text: String) throws(BusError) {
        do throws(Problem) { try self.init(reading: text) } catch {
            throw BusError(.badURL, "bus.url cannot be read: \(error.why); expected \(Self.form)")
        }
    }

    /// With the files of `bus.tls`.
    /// - Throws: `.badURL`.
    init(_ settings: BusSettings) throws(BusError) {
        try self.init(settings.url)
        guard tls != nil || settings.tls == BusSettings.TLS() else {
            throw BusError(
                .badURL, "bus.tls is set, but bus.url is without TLS: begin it with amqps://, or take bus.tls away")
        }
        if tls != nil { tls = settings.tls }
    }

    private init(reading text: String) throws(Problem) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme, ["amqp", "amqps"].contains(scheme)
        else { throw Problem(why: "it must begin with amqp:// or amqps://") }
        tls = scheme == "amqps" ? BusSettings.TLS() : nil
        guard let host = parts.host, !host.isEmpty else { throw Problem(why: "the host is missing") }
        guard let user = parts.user, let password = parts.password, !user.isEmpty else {
            throw Problem(why: "user and password are missing")
        }
        guard let port = UInt16(exactly: parts.port ?? (scheme == "amqps" ? 5671 : 5672)), port > 0 else {
            throw Problem(why: "the port must be 1 to 65535")
        }
        let path = parts.percentEncodedPath.dropFirst()
        guard !path.contains("/"), let path = path.removingPercentEncoding else {
            throw Problem(why: "a \"/\" in the virtual host is written %2F")
        }
        (self.host, self.port, self.user, self.password) = (host, port, user, password)
        virtualHost = path.isEmpty ? "/" : path
    }

    fileprivate static func problem(_ text: String) -> String? {
        do throws(Problem) { _ = try BrokerURL(reading: text) } catch { return error.why }
        return nil
    }
}

extension BusSettings {
    /// What `url` must look like.
    public static let urlForm = BrokerURL.form
    /// What is wrong with a broker's URL, in words that do not repeat it; nil if nothing.
    public static func problem(inURL text: String) -> String? { BrokerURL.problem(text) }
}
