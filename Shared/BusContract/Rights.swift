/// What a service's broker user may do: RabbitMQ's permissions (on names of exchanges and queues) and topic permissions
/// (on routing keys), as regular expressions. Nobody may write to the default exchange, which opens any queue by name.
public struct Rights: Hashable, Sendable {
    /// Declare.
    public let configure: String
    /// Publish to an exchange; bind a queue.
    public let write: String
    /// Read a queue; bind to an exchange.
    public let read: String
    public let topics: [Topic]

    /// Routing keys that may be published (`write`) and bound (`read`).
    public struct Topic: Hashable, Sendable {
        public let exchange: String, write: String, read: String
    }

    static let nothing = "^$"

    /// Those of `Topology.retrier`: any event, and nothing else.
    public static let retrier = Rights(
        configure: nothing, write: anyOf([exact(Topology.events)]), read: nothing,
        topics: Topology.exchanges.map {
            Topic(exchange: $0, write: $0 == Topology.events ? ".*" : nothing, read: nothing)
        })

    private init(configure: String, write: String, read: String, topics: [Topic]) {
        (self.configure, self.write, self.read, self.topics) = (configure, write, read, topics)
    }

    private static let id = "[a-z0-9-]+"

    public init(of service: Service) {
        let own = Self.ownQueues(service)
        guard !service.isPassive else {
            configure = Self.anyOf(own)
            write = configure
            read = Self.anyOf(own + [Self.exact(Topology.events), Self.exact(Topology.dead)])
            topics = Topology.exchanges.map {
                let open = $0 == Topology.events || $0 == Topology.dead
                return Topic(exchange: $0, write: Self.nothing, read: open ? ".*" : Self.nothing)
            }
            return
        }
        configure = Self.anyOf(own + Topology.exchanges.map(Self.exact))
        write = configure
        let bound = service == .journal ? Topology.exchanges : [Topology.events, Topology.requests, Topology.replies]
        read = Self.anyOf(own + bound.map(Self.exact))
        topics = [
            Self.eventTopic(service), Self.seatTopic(service), Self.requestTopic(service), Self.replyTopic(service),
            Self.deadTopic(service),
        ]
    }

    private static func ownQueues(_ service: Service) -> [String] {
        let name = service.rawValue
        let events = ["events\\.\(name)\\.\(id)\\.[0-9]+"]
        guard !service.isPassive else { return events }
        let shared = service.sharedVerbs.map { exact(RoutingKey.shared(name, $0)) }
        let journal = service == .journal ? ["journal\\.(events|seats)\\.[0-9]+", exact(Topology.deadQueue)] : []
        return events + ["(instance|replies)\\.\(name)\\.\(id)"] + shared + journal
    }

    private static func eventTopic(_ service: Service) -> Topic {
        let partitioned = service.partitionedEvents.map { "\($0)\\.[0-9]+\\..*" }
        let loose = service.looseEvents.map { "\($0)\\.x\\..*" }
        let alive = "service\\.x\\.[a-z]+\\.\(service.rawValue)\\.\(id)"
        // Events hold no device's number: every service may read them.
        return Topic(exchange: Topology.events, write: anyOf(partitioned + loose + [alive]), read: ".*")
    }

    private static func seatTopic(_ service: Service) -> Topic {
        let words = SeatWhat.allCases.map(\.rawValue) + ["probe"]
        return Topic(
            exchange: Topology.seats,
            write: service.ownsSeats ? "^seat\\.[0-9]+\\.(\(words.joined(separator: "|")))\\.\(id)$" : nothing,
            read: service.keepsSeats ? "^seat\\.[0-9]+\\.#$" : nothing)
    }

    private static func requestTopic(_ service: Service) -> Topic {
        let asked = service.asks.map(\.rawValue)
        let write = asked.isEmpty ? nothing : "^(shared|instance)\\.(\(asked.joined(separator: "|")))\\.\(id)$"
        return Topic(
            exchange: Topology.requests, write: write, read: "^(shared|instance)\\.\(service.rawValue)\\.\(id)$")
    }

    private static func replyTopic(_ service: Service) -> Topic {
        let claimers = service.keepsSeats ? Service.allCases.filter(\.ownsSeats) : []
        let askers = (service.askedBy + claimers).map(\.rawValue)
        let write = askers.isEmpty ? nothing : "^replies\\.(\(askers.joined(separator: "|")))\\.\(id)$"
        return Topic(exchange: Topology.replies, write: write, read: "^replies\\.\(service.rawValue)\\.\(id)$")
    }

    private static func deadTopic(_ service: Service) -> Topic {
        let read = service == .journal ? ".*" : nothing
        return Topic(exchange: Topology.dead, write: "^dead\\.\(service.rawValue)\\.\(id)$", read: read)
    }

    private static func anyOf(_ patterns: [String]) -> String { "^(\(patterns.joined(separator: "|")))$" }

    /// Our names hold no other character of regular expressions than the dot.
    private static func exact(_ name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.")
    }
}
