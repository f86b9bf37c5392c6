import BusContract
import Foundation

/// What a private broker is told at its start: the contract's exchanges, queues and rights, with a password a user.
enum BrokerDefinitions {
    /// Private brokers listen on 127.0.0.1 and live as long as their run: a password that a log may show.
    static func password(of user: String) -> String { "\(user)-local" }

    static func text() throws(HouseError) -> String {
        let users = Service.allCases.map(\.rawValue) + [Topology.retrier, Topology.administrator]
        let passwords = Dictionary(uniqueKeysWithValues: users.map { ($0, password(of: $0)) })
        do {
            let json = try JSONEncoder().encode(Topology.definitions(passwords: passwords))
            return String(decoding: json, as: UTF8.self)
        } catch { throw HouseError("the broker's definitions cannot be written: \(error)") }
    }
}
