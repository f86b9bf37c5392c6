import BusContract
import Foundation

/// What a private broker is told at its start: virtual host, and one user a service with a password of this run.
enum BrokerDefinitions {
    static let services = ["admin", "signaling", "media", "presence", "journal", "cti", "tap"]

    /// Private brokers listen on 127.0.0.1 and live as long as their run: a password that a log may show.
    static func password(of service: String) -> String { "\(service)-local" }

    static func text() throws(HouseError) -> String {
        let host = Broker.virtualHost
        let users = services.map { name in
            "{\"name\": \"\(name)\", \"password\": \"\(password(of: name))\", \"tags\": \"administrator\"}"
        }
        let rights = services.map { name in
            "{\"user\": \"\(name)\", \"vhost\": \"\(host)\", \"configure\": \".*\", \"write\": \".*\", \"read\": \".*\"}"
        }
        return """
            {"vhosts": [{"name": "\(host)"}], "users": [\(users.joined(separator: ", "))],
             "permissions": [\(rights.joined(separator: ", "))]}

            """
    }
}
