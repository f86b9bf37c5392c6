import Foundation

/// Reads `bus.url`: `amqp://user:password@host:port/vhost`, each part percent-encoded where it must be.
struct BrokerURL: Sendable, Hashable {
    let host: String
    let port: UInt16
    let user: String
    let password: String
    let virtualHost: String

    /// "127.0.0.1:5672", for messages.
    var place: String { "\(host):\(port)" }

    init(_ text: String) throws(BusError) {
        guard let parts = URLComponents(string: text), parts.scheme == "amqp" else {
            throw Self.bad(text, "it must begin with amqp://")
        }
        guard let host = parts.host, !host.isEmpty else { throw Self.bad(text, "the host is missing") }
        guard let user = parts.user, let password = parts.password, !user.isEmpty else {
            throw Self.bad(text, "user and password are missing")
        }
        guard let port = UInt16(exactly: parts.port ?? 5672), port > 0 else {
            throw Self.bad(text, "the port must be 1 to 65535")
        }
        let path = parts.percentEncodedPath.dropFirst()
        guard !path.contains("/"), let path = path.removingPercentEncoding else {
            throw Self.bad(text, "a \"/\" in the virtual host is written %2F")
        }
        (self.host, self.port, self.user, self.password) = (host, port, user, password)
        virtualHost = path.isEmpty ? "/" : path
    }

    private static func bad(_ text: String, _ why: String) -> BusError {
        BusError(
            .badURL, "bus.url cannot be read: \(why); expected amqp://user:password@host:port/vhost")
    }
}
