/// Exchanges, queues and bindings of the bus: the one source from which services declare what they use and from which
/// the broker's definitions are generated.
public enum Topology {
    /// The virtual host of one company.
    public static let virtualHost = "rufbus"

    public static let events = "rufbus.events"
    /// What is said about seats, in one order for each seat.
    public static let seats = "rufbus.seats"
    public static let requests = "rufbus.requests"
    public static let replies = "rufbus.replies"
    public static let dead = "rufbus.dead"
    /// All are topic exchanges, durable.
    public static let exchanges = [events, seats, requests, replies, dead]

    public static let deadQueue = "journal.dead"

    /// A durable queue and what it is bound to.
    public struct Queue: Hashable, Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            /// Replicated, one active consumer at a time, so that events stay in order.
            case quorum
            /// On one node.
            case classic
        }
        public let name: String
        public let kind: Kind
        /// The service that declares and reads it.
        public let owner: Service
        public let exchange: String
        /// Binding key.
        public let key: String
        /// Most messages; the oldest are dropped first. Nil: no limit.
        public let limit: Int?
        init(_ name: String, _ kind: Kind, owner: Service, exchange: String, key: String, limit: Int? = nil) {
            (self.name, self.kind, self.owner) = (name, kind, owner)
            (self.exchange, self.key, self.limit) = (exchange, key, limit)
        }

        /// Arguments of the declaration; the broker refuses (406) a declaration with others than it has.
        public var arguments: [String: Argument] {
            switch kind {
            case .quorum:
                [
                    "x-queue-type": .text("quorum"), "x-single-active-consumer": .flag(true),
                    // RabbitMQ 4 drops a message after 20 deliveries; an event is given up never.
                    "x-delivery-limit": .number(1_000_000),
                ]
            case .classic: limit.map { ["x-max-length": .number($0)] } ?? [:]
            }
        }
    }

    /// The value of a queue's argument.
    public enum Argument: Hashable, Sendable {
        case text(String), number(Int), flag(Bool)
    }

    public static func eventQueue(_ partition: Int) -> String { "journal.events.\(partition)" }
    public static func seatQueue(_ partition: Int) -> String { "journal.seats.\(partition)" }

    public static let queues: [Queue] =
        (0..<RoutingKey.partitions).map {
            Queue(eventQueue($0), .quorum, owner: .journal, exchange: events, key: "*.\($0).#")
        }
        + (0..<RoutingKey.partitions).map {
            Queue(seatQueue($0), .quorum, owner: .journal, exchange: seats, key: "seat.\($0).#")
        }
        + [Queue(deadQueue, .classic, owner: .journal, exchange: dead, key: "#", limit: 100_000)]
        + Service.allCases.flatMap { service in
            service.sharedVerbs.map { verb in
                let name = RoutingKey.shared(service.rawValue, verb)
                return Queue(name, .classic, owner: service, exchange: requests, key: name)
            }
        }

    /// Limit of the queue that a service reads events from: 10,000 messages, the oldest are dropped first.
    public static let listenerLimit = 10_000

    /// Name of the n-th queue that an instance reads events from.
    public static func listener(_ service: String, _ instance: String, _ number: Int) -> String {
        "events.\(service).\(instance).\(number)"
    }
}
