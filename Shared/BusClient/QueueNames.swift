import BusContract

/// What a queue that is read here carries.
enum Route: Sendable {
    case replies
    case events(Registry.Listener)
    case durable(Registry.Reader)
    /// This instance's requests.
    case own
    /// Requests that all replicas share; acknowledged.
    case shared
}

/// Names of the queues that one instance reads.
struct QueueNames {
    private let settings: BusSettings

    init(_ settings: BusSettings) { self.settings = settings }

    var replies: String { RoutingKey.replies(settings.service, settings.instance) }
    var instance: String { RoutingKey.instance(settings.service, settings.instance) }
    func shared(_ verb: String) -> String { RoutingKey.shared(settings.service, verb) }
    func listener(_ number: Int) -> String {
        Topology.listener(settings.service, settings.instance.rawValue, number)
    }

    func routes(_ registry: Registry) -> [String: Route] {
        var routes: [String: Route] = [replies: .replies, instance: .own]
        for verb in registry.sharedVerbs { routes[shared(verb)] = .shared }
        for (number, entry) in registry.listeners.enumerated() { routes[listener(number)] = .events(entry) }
        for reader in registry.readers { routes[reader.queue] = .durable(reader) }
        return routes
    }
}
