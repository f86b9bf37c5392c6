/// RabbitMQ's definitions file (`load_definitions`), as `deploy/broker/definitions.json` has it.
public struct Definitions: Codable, Hashable, Sendable {
    public struct User: Codable, Hashable, Sendable {
        public var name: String
        /// Base64 of salt and SHA-256; empty: nobody can log in as this user.
        public var password_hash: String
        public var hashing_algorithm: String
        public var tags: String
    }
    public struct VirtualHost: Codable, Hashable, Sendable { public var name: String }
    public struct Permission: Codable, Hashable, Sendable {
        public var user: String, vhost: String, configure: String, write: String, read: String
    }
    public struct TopicPermission: Codable, Hashable, Sendable {
        public var user: String, vhost: String, exchange: String, write: String, read: String
    }
    public struct Exchange: Codable, Hashable, Sendable {
        public var name: String, vhost: String, type: String
        public var durable: Bool, auto_delete: Bool, `internal`: Bool
        public var arguments: [String: JSONValue]
    }
    public struct Queue: Codable, Hashable, Sendable {
        public var name: String, vhost: String
        public var durable: Bool, auto_delete: Bool
        public var arguments: [String: JSONValue]
    }
    public struct Binding: Codable, Hashable, Sendable {
        public var source: String, vhost: String, destination: String, destination_type: String
        public var routing_key: String
        public var arguments: [String: JSONValue]
    }
    public var users: [User]
    public var vhosts: [VirtualHost]
    public var permissions: [Permission]
    public var topic_permissions: [TopicPermission]
    public var exchanges: [Exchange]
    public var queues: [Queue]
    public var bindings: [Binding]
}

extension Topology {
    /// A user with every right, for administrators and tests; exists only where it is given a password.
    public static let administrator = "admin"
    /// The user who puts dead events back (`rufbus dead retry`); no service has that right.
    public static let retrier = "retry"

    /// The broker's definitions: one user a service, named after it.
    /// - Parameters:
    ///   - passwords: by user name. A service without one exists but cannot log in until the deployment sets it.
    ///   - generator: for the salts.
    public static func definitions(
        passwords: [String: String], using generator: inout some RandomNumberGenerator
    ) -> Definitions {
        let services = Service.allCases
        let names = services.map(\.rawValue) + [retrier] + (passwords[administrator] == nil ? [] : [administrator])
        let users = names.map { name in
            let hash = passwords[name].map { PasswordHash.salted($0, salt: generator.next()) }
            return Definitions.User(
                name: name, password_hash: hash ?? "", hashing_algorithm: "rabbit_password_hashing_sha256", tags: "")
        }
        return Definitions(
            users: users, vhosts: [.init(name: virtualHost)], permissions: names.map(permission),
            topic_permissions: services.flatMap { topicPermissions($0.rawValue, Rights(of: $0)) }
                + topicPermissions(retrier, .retrier), exchanges: exchanges.map(exchangeDefinition),
            queues: queues.map(queueDefinition), bindings: queues.map(bindingDefinition))
    }

    /// As above, with the system's random numbers.
    public static func definitions(passwords: [String: String]) -> Definitions {
        var generator = SystemRandomNumberGenerator()
        return definitions(passwords: passwords, using: &generator)
    }

    private static func permission(_ user: String) -> Definitions.Permission {
        let own = user == retrier ? Rights.retrier : Service(rawValue: user).map(Rights.init)
        guard let rights = own else {
            return .init(user: user, vhost: virtualHost, configure: ".*", write: ".*", read: ".*")
        }
        return .init(
            user: user, vhost: virtualHost, configure: rights.configure, write: rights.write, read: rights.read)
    }

    private static func topicPermissions(_ user: String, _ rights: Rights) -> [Definitions.TopicPermission] {
        rights.topics.map {
            .init(
                user: user, vhost: virtualHost, exchange: $0.exchange, write: $0.write, read: $0.read)
        }
    }

    private static func exchangeDefinition(_ name: String) -> Definitions.Exchange {
        .init(
            name: name, vhost: virtualHost, type: "topic", durable: true, auto_delete: false, internal: false,
            arguments: [:])
    }

    private static func queueDefinition(_ queue: Queue) -> Definitions.Queue {
        .init(
            name: queue.name, vhost: virtualHost, durable: true, auto_delete: false,
            arguments: queue.arguments.mapValues(\.json))
    }

    private static func bindingDefinition(_ queue: Queue) -> Definitions.Binding {
        .init(
            source: queue.exchange, vhost: virtualHost, destination: queue.name, destination_type: "queue",
            routing_key: queue.key, arguments: [:])
    }
}

extension Topology.Argument {
    var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): .integer(Int64(number))
        case .flag(let flag): .bool(flag)
        }
    }
}
