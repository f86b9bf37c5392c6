import BusContract

/// What each service sends and reads, as operations of the AsyncAPI document.
struct BusOperation {
    enum Action: String { case send, receive }
    struct Reply {
        let channel: String
        let type: String
        /// Whether the question's reply_to says where it goes.
        let isAddressed: Bool
    }
    let service: Service
    let action: Action
    /// Behind "<service>.<action>.".
    let name: String
    /// Id of the channel.
    let channel: String
    let messages: [String]
    /// AMQP's binding of the operation.
    let amqp: YAMLTree
    var reply: Reply?

    var id: String { "\(service.rawValue).\(action.rawValue).\(name)" }

    static let all = Service.allCases.flatMap { sends($0) + probes($0) + reads($0) }

    /// One for each type; a question's replies come to a queue of the asking instance.
    private static func sends(_ service: Service) -> [BusOperation] {
        firsts { $0.from.contains(service) && $0.road != .reply }.compactMap { message in
            guard let channel = BusChannel.id(of: message) else { return nil }
            var operation = BusOperation(
                service: service, action: .send, name: BusChannel.short(message.type), channel: channel,
                messages: [message.type], amqp: sending(message))
            if Message.isAnswered(message.type) {
                operation.reply = Reply(
                    channel: "queue.replies.\(service.rawValue)", type: BusRequestType.reply(to: message.type),
                    isAddressed: false)
            }
            return operation
        }
    }

    private static func sending(_ message: Message) -> YAMLTree {
        switch message.road {
        case .event(_, let durable): ["deliveryMode": durable ? 2 : 1]
        case .seat: ["deliveryMode": 2, "mandatory": true]
        case .request: ["deliveryMode": 1, "mandatory": true]
        case .reply, .probe: ["deliveryMode": 1]
        case .dead: ["deliveryMode": 2]
        }
    }

    /// One for each channel that leads to a lasting queue.
    private static func probes(_ service: Service) -> [BusOperation] {
        let channels = service.feeds(instance: "x").map { feed in
            BusChannel.probes[feed.exchange] ?? (feed.exchange == Topology.dead ? "dead" : "requests.\(feed.key)")
        }
        return unique(channels).map { channel in
            BusOperation(
                service: service, action: .send, name: "probe.\(channel.replacing(".probe", with: ""))",
                channel: channel, messages: [Probe.type], amqp: ["deliveryMode": 1, "mandatory": true])
        }
    }

    /// One for each queue, and one for each type of question in it.
    private static func reads(_ service: Service) -> [BusOperation] {
        BusChannel.all.flatMap { channel -> [BusOperation] in
            guard channel.reader == service else { return [] }
            let questions = channel.messages.filter(Message.isAnswered)
            let others = channel.messages.filter { !Message.isAnswered($0) }
            let isRead = !Set(others).isSubset(of: [Probe.type])
            return questions.map { answer($0, channel, service) } + (isRead ? [read(others, channel, service)] : [])
        }
    }

    private static func answer(_ type: String, _ channel: BusChannel, _ service: Service) -> BusOperation {
        let reply = Reply(channel: "replies", type: BusRequestType.reply(to: type), isAddressed: true)
        return BusOperation(
            service: service, action: .receive, name: BusChannel.short(type), channel: channel.id, messages: [type],
            amqp: ["ack": .flag(channel.isLasting)], reply: reply)
    }

    private static func read(_ types: [String], _ channel: BusChannel, _ service: Service) -> BusOperation {
        BusOperation(
            service: service, action: .receive, name: channel.name, channel: channel.id, messages: types,
            amqp: ["ack": .flag(channel.isLasting)])
    }

    /// The first message of each type.
    private static func firsts(_ belongs: (Message) -> Bool) -> [Message] {
        var seen: Set<String> = []
        return Message.all.filter { belongs($0) && seen.insert($0.type).inserted }
    }

    private static func unique(_ texts: [String]) -> [String] {
        texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
