/// The services of the house as the bus knows them: what each serves, asks, publishes and reads.
public enum Service: String, Sendable, CaseIterable, Hashable {
    case signaling, media, presence, journal, cti, tap

    /// Verbs of its shared request queues.
    public var sharedVerbs: [String] {
        switch self {
        case .signaling: ["originate"]
        case .media: ["open"]
        case .presence: ["query", "lines"]
        case .journal: ["query"]
        case .cti, .tap: []
        }
    }

    /// The services that it sends requests to.
    public var asks: [Service] {
        switch self {
        case .signaling: [.signaling, .media, .presence]
        case .media: [.signaling]
        case .presence: [.signaling]
        case .cti: [.signaling, .presence, .journal]
        case .journal, .tap: []
        }
    }

    /// The services that send it requests.
    public var askedBy: [Service] { Service.allCases.filter { $0.asks.contains(self) } }

    /// First words of the event keys that go to a partition of the journal.
    public var partitionedEvents: [String] {
        switch self {
        case .signaling: ["call", "leg"]
        case .media: ["media"]
        case .journal: ["journal"]
        case .presence, .cti, .tap: []
        }
    }

    /// First words of the event keys that go to nobody's durable queue (`<word>.x.…`), `service` apart.
    public var looseEvents: [String] {
        switch self {
        case .signaling: ["leg", "line"]
        case .media: ["media"]
        case .presence: ["user", "line"]
        case .journal, .cti, .tap: []
        }
    }

    /// Binding keys of the events that it listens to, from queues of its own that end with its connection.
    public var hears: [String] {
        switch self {
        case .signaling: ["user.x.changed.#"]
        case .presence: ["call.#", "leg.*.ended.#", "service.x.alive.signaling.*", "user.x.changed.*"]
        case .cti: ["call.#", "user.x.status.#", "service.x.alive.signaling.#", "service.x.alive.presence.#"]
        case .tap: ["#"]
        case .media, .journal: []
        }
    }

    /// Whether it owns seats: alone writes `rufbus.seats`, and is answered there.
    public var ownsSeats: Bool { self == .signaling }
    /// Whether it keeps what is written about seats, and answers claims.
    public var keepsSeats: Bool { self == .journal }

    /// Whether it only reads the bus.
    public var isPassive: Bool { self == .tap }

    /// Where one probe goes at connect: a key for each durable queue that this service feeds.
    public struct Feed: Hashable, Sendable {
        public let queue: String, exchange: String, key: String
    }

    /// All durable queues that it feeds.
    public func feeds(instance: String) -> [Feed] {
        guard !isPassive else { return [] }
        let events = partitionedEvents.prefix(1).flatMap { word in
            (0..<RoutingKey.partitions).map {
                Feed(
                    queue: Topology.eventQueue($0), exchange: Topology.events,
                    key: "\(word).\($0).probe.\(rawValue).\(instance)")
            }
        }
        let seats = (ownsSeats ? 0..<RoutingKey.partitions : 0..<0).map {
            Feed(queue: Topology.seatQueue($0), exchange: Topology.seats, key: "seat.\($0).probe.\(instance)")
        }
        let shared = asks.flatMap { service in service.sharedVerbs.map { RoutingKey.shared(service.rawValue, $0) } }
        return events + seats + shared.map { Feed(queue: $0, exchange: Topology.requests, key: $0) }
            + [Feed(queue: Topology.deadQueue, exchange: Topology.dead, key: RoutingKey.dead(rawValue, instance))]
    }

    /// The durable queues that it declares and reads.
    public var queues: [Topology.Queue] { Topology.queues.filter { $0.owner == self } }
}
