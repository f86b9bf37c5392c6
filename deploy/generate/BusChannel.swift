import BusContract

/// A channel of the AsyncAPI document: a routing key that messages are sent with, or a queue that they are read from.
/// Sending and reading are channels of their own, since AMQP binds one to the other.
struct BusChannel {
    enum Binding {
        case key(exchange: String)
        /// A queue that outlives its readers.
        case lasting(Topology.Queue)
        /// A queue that ends with the connection that declared it.
        case own(Service, exchange: String, keys: [String], limit: Int?)
    }
    let id: String
    /// Routing key or queue, variable parts in angle brackets. Nil: known by the question only.
    let address: String?
    let says: String
    let binding: Binding
    /// Types of the messages.
    let messages: [String]

    /// Channel ids of probes that go to the queues of all partitions.
    static let probes = [Topology.events: "events.probe", Topology.seats: "seats.probe"]

    static let all = keys + lasting + Service.allCases.flatMap(own)

    /// Who reads it; nil if it is no queue, or one of replies, which belong to the questions.
    var reader: Service? {
        switch binding {
        case .key, .own(_, Topology.replies, _, _): nil
        case .lasting(let queue): queue.owner
        case .own(let service, _, _, _): service
        }
    }

    var isLasting: Bool { if case .lasting = binding { true } else { false } }

    /// "journal.events" for the id "queue.journal.events".
    var name: String { id.split(separator: ".").dropFirst().joined(separator: ".") }

    // MARK: Keys

    /// Where a message is sent to; nil for probes, which go everywhere.
    static func id(of message: Message) -> String? {
        switch message.road {
        case .event: "events.\(short(message.type))"
        case .seat(let what): "seats.\(what.rawValue)"
        case .request(let key): "requests.\(key.replacing(".<instance>", with: ""))"
        case .reply: "replies"
        case .dead: "dead"
        case .probe: nil
        }
    }

    /// "call.started" for "rufbus.call.started.v1".
    static func short(_ type: String) -> String {
        type.split(separator: ".").dropFirst().dropLast().joined(separator: ".")
    }

    /// One for each routing key. The first message of several with the same key tells what it is.
    private static let keys: [BusChannel] = {
        var channels: [BusChannel] = []
        for message in Message.all {
            guard let id = id(of: message), let (exchange, address) = place(message.road) else { continue }
            if channels.contains(where: { $0.id == id }) { continue }
            let types = types { BusChannel.id(of: $0) == id } + (isProbed(message.road) ? [Probe.type] : [])
            channels.append(
                BusChannel(
                    id: id, address: address, says: says(message), binding: .key(exchange: exchange), messages: types))
        }
        return channels
            + [
                probe(Topology.events, "<family>.<p>.probe.<service>.<instance>"),
                probe(Topology.seats, "seat.<p>.probe.<instance>"),
            ].compactMap(\.self)
    }()

    private static func probe(_ exchange: String, _ address: String) -> BusChannel? {
        probes[exchange].map {
            BusChannel(
                id: $0, address: address, says: "Shows, at connect, that the queue of a partition is there.",
                binding: .key(exchange: exchange), messages: [Probe.type])
        }
    }

    private static func place(_ road: Message.Road) -> (exchange: String, address: String?)? {
        switch road {
        case .event(let key, _): (Topology.events, key)
        case .seat(let what): (Topology.seats, "seat.<p>.\(what.rawValue).<user>")
        case .request(let key): (Topology.requests, key)
        case .reply: (Topology.replies, nil)
        case .dead: (Topology.dead, "dead.<service>.<instance>")
        case .probe: nil
        }
    }

    private static func says(_ message: Message) -> String {
        switch message.road {
        case .request(let key):
            key.hasPrefix("shared.") ? "Questions to any instance of a service." : "Questions to one instance."
        case .reply: "Answers, with the key that the question's reply_to names."
        case .event, .seat, .dead, .probe: message.says
        }
    }

    /// Whether probes are sent with this key, too.
    private static func isProbed(_ road: Message.Road) -> Bool {
        switch road {
        case .request(let key): key.hasPrefix("shared.")
        case .dead: true
        case .event, .seat, .reply, .probe: false
        }
    }

    // MARK: Queues

    /// The queues of all partitions are one channel.
    private static let lasting: [BusChannel] = {
        var channels: [BusChannel] = []
        for queue in Topology.queues {
            let address = partitioned(queue.name)
            let id = "queue.\(address.replacing(".<p>", with: ""))"
            if channels.contains(where: { $0.id == id }) { continue }
            let types = types { arrives($0, at: queue.exchange, [queue.key]) } + [Probe.type]
            channels.append(
                BusChannel(
                    id: id, address: address, says: "Read by \(queue.owner.rawValue).", binding: .lasting(queue),
                    messages: types))
        }
        return channels
    }()

    private static func own(_ service: Service) -> [BusChannel] {
        let name = service.rawValue
        let listener = ("events.\(name).<instance>.<n>", Topology.listenerLimit)
        let answers = types { message in
            Message.all.contains { $0.from.contains(service) && BusRequestType.reply(to: $0.type) == message.type }
        }
        return [
            own(service, "instance", Topology.requests, ["instance.\(name).<instance>"]),
            own(service, "replies", Topology.replies, ["replies.\(name).<instance>"], types: answers),
            own(service, "events", Topology.events, service.hears, listener),
            service.isPassive ? own(service, "dead", Topology.dead, ["#"], listener) : nil,
        ].compactMap(\.self)
    }

    private static func own(
        _ service: Service, _ word: String, _ exchange: String, _ keys: [String],
        _ listener: (address: String, limit: Int)? = nil, types given: [String]? = nil
    ) -> BusChannel? {
        let messages = given ?? types { arrives($0, at: exchange, keys) }
        guard !messages.isEmpty else { return nil }
        return BusChannel(
            id: "queue.\(word).\(service.rawValue)", address: listener?.address ?? keys[0],
            says: "One instance's, while it is connected.",
            binding: .own(service, exchange: exchange, keys: keys, limit: listener?.limit), messages: messages)
    }

    /// "journal.events.<p>" for "journal.events.7".
    private static func partitioned(_ name: String) -> String {
        name.split(separator: ".").map { Int($0) == nil ? String($0) : "<p>" }.joined(separator: ".")
    }

    /// "*.<p>.#" for the binding key of a partition's queue.
    static func boundKey(_ queue: Topology.Queue) -> String { partitioned(queue.key) }

    // MARK: Messages

    private static func types(_ belongs: (Message) -> Bool) -> [String] {
        Message.all.filter(belongs).map(\.type).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Whether a queue with these keys gets it, from one of its senders at least; partitions are as partition 0.
    private static func arrives(_ message: Message, at exchange: String, _ keys: [String]) -> Bool {
        guard let place = place(message.road), place.exchange == exchange, let address = place.address else {
            return false
        }
        return message.from.contains { sender in
            let key = address.replacing("<p>", with: "0").replacing("<service>", with: sender.rawValue)
            return keys.contains { TopicPattern.binds($0, key) }
        }
    }
}

extension Message {
    /// Whether messages of this type have replies.
    static func isAnswered(_ type: String) -> Bool {
        let reply = BusRequestType.reply(to: type)
        return all.contains { $0.type == reply }
    }
}
