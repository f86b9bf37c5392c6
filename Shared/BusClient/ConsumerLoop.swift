import BusContract
import Foundation
import Logging

/// The consumer's thread: connects, declares, reads, acknowledges, connects again. Not Sendable: it never leaves its
/// thread.
final class ConsumerLoop {
    /// Requests of one shared queue that one replica has taken and not yet dispatched.
    static let sharedPrefetch = 64
    /// After a crash the broker may hold our exclusive queues a little longer.
    static let lockedLimitMs = 10_000

    private let shared: Consumer
    private let url: BrokerURL
    private let registry: Registry
    private let names: QueueNames
    /// What to do with what comes, by queue (= consumer tag).
    private let routes: [String: Route]
    private var connection = 0
    private var acks = AckWindow()
    private var backoff = Backoff()
    private var generator = SystemRandomNumberGenerator()
    private let startedAt = Clock.now()

    init(_ shared: Consumer, _ url: BrokerURL, _ registry: Registry) {
        (self.shared, self.url, self.registry) = (shared, url, registry)
        names = QueueNames(shared.publisher.settings)
        routes = names.routes(registry)
    }

    func run() {
        while true {
            do throws(BusError) {
                try session()
                break
            } catch {
                guard survives(error) else { break }
            }
        }
        shared.publisher.status.consumer(false)
        shared.publisher.pending.fail(why: "the bus is closed")
        shared.declared.fulfil(.failure(.closed))
        shared.reading.fulfil(.failure(.closed))
    }

    /// Whether there is another attempt; waits for its time.
    private func survives(_ error: BusError) -> Bool {
        let hasOpened = shared.reading.isFulfilled
        shared.publisher.status.consumer(false)
        shared.publisher.pending.fail(why: "the connection to the message bus is lost")
        let mayWait = error.kind == .locked && Clock.now() < startedAt + .milliseconds(Self.lockedLimitMs)
        if hasOpened { shared.publisher.counting.count(\.losses) }
        if hasOpened || mayWait, !isClosing {
            shared.publisher.logger.warning("bus consumer lost", metadata: ["why": "\(error)"])
            pause(milliseconds: hasOpened ? backoff.next(using: &generator) : 300)
            return !isClosing || hasOpened
        }
        shared.declared.fulfil(.failure(error))
        shared.reading.fulfil(.failure(error))
        return false
    }

    private var isClosing: Bool { shared.commands.withLock { $0.isClosing } }

    private func pause(milliseconds: Int) {
        let until = Clock.now() + .milliseconds(milliseconds)
        while !isClosing {
            let now = Clock.now()
            guard now < until else { return }
            shared.wake.wait(socket: nil, nanoseconds: until - now)
        }
    }

    /// One connection's life. Returns when the bus is closed.
    private func session() throws(BusError) {
        guard !isClosing else { return }
        let link = try Link(url, name: "\(shared.publisher.source) consumer")
        defer { link.close() }
        connection += 1
        acks = AckWindow()
        try declare(link)
        shared.declared.fulfil(.success(()))
        var isReading = false
        while !isClosing {
            if !isReading, shared.commands.withLock({ $0.mayRead }) {
                try read(link)
                isReading = true
                backoff.reset()
                shared.publisher.status.consumer(true)
                shared.reading.fulfil(.success(()))
            }
            try work(link)
            shared.wake.wait(socket: link.descriptor, nanoseconds: PublisherLoop.idle)
        }
        try acknowledge(link)
    }

    private func work(_ link: Link) throws(BusError) {
        shared.acknowledgements.handOut()
        while let incoming = try link.next() {
            if case .delivered(let content, let tag, let queue, let redelivered) = incoming {
                deliver(content, tag, queue, redelivered)
            }
        }
        try acknowledge(link)
    }

    private func acknowledge(_ link: Link) throws(BusError) {
        for mark in shared.acknowledgements.take() where mark.connection == connection { acks.settle(mark.tag) }
        for (tag, multiple) in acks.flush() { try link.acknowledge(tag, multiple: multiple) }
    }

    // MARK: Topology

    private func declare(_ link: Link) throws(BusError) {
        for exchange in Topology.exchanges where !shared.isPassive || exchange == Topology.events {
            try link.declareExchange(exchange, passive: shared.isPassive)
        }
        for queue in Service(rawValue: shared.publisher.settings.service)?.queues ?? [] {
            try link.declareQueue(queue.name, durable: true, arguments: queue.arguments)
            try link.bind(queue.name, to: queue.exchange, key: queue.key)
        }
        if !shared.isPassive { try declareOwn(link, names.replies, Topology.replies) }
        if registry.servesInstance { try declareOwn(link, names.instance, Topology.requests) }
        for (number, listener) in registry.listeners.enumerated() { try declare(link, listener, number) }
    }

    /// A queue of this connection alone; binding key = queue name.
    private func declareOwn(_ link: Link, _ name: String, _ exchange: String) throws(BusError) {
        try link.declareQueue(name, durable: false, arguments: [:])
        try link.bind(name, to: exchange, key: name)
    }

    private func declare(_ link: Link, _ listener: Registry.Listener, _ number: Int) throws(BusError) {
        let name = names.listener(number)
        try link.declareQueue(
            name, durable: false, arguments: ["x-max-length": .number(Topology.listenerLimit)])
        for key in listener.keys { try link.bind(name, to: listener.exchange, key: key) }
    }

    private func read(_ link: Link) throws(BusError) {
        if !shared.isPassive { try link.consume(names.replies, prefetch: nil) }
        for number in registry.listeners.indices { try link.consume(names.listener(number), prefetch: nil) }
        for reader in registry.readers { try link.consume(reader.queue, prefetch: reader.prefetch) }
        if registry.servesInstance { try link.consume(names.instance, prefetch: nil) }
        for verb in registry.sharedVerbs.sorted() {
            try link.consume(names.shared(verb), prefetch: Self.sharedPrefetch)
        }
    }

    // MARK: Messages

    private func deliver(_ content: Content, _ tag: UInt64, _ queue: String, _ redelivered: Bool) {
        switch routes[queue] {
        case .replies: reply(content)
        case .events(let listener): hear(content, listener)
        case .durable(let reader): hand(content, tag, redelivered, to: reader)
        case .own: serve(content)
        case .shared:
            serve(content)
            settleNow(tag)
        case nil: preconditionFailure("a delivery from \(queue), which is not read here")
        }
    }

    private func settleNow(_ tag: UInt64) {
        acks.delivered(tag)
        acks.settle(tag)
    }

    private func reply(_ content: Content) {
        if shared.publisher.pending.reply(content, to: content.correlationID) || isClaimAnswer(content) { return }
        shared.publisher.counting.count(\.strayReplies)
    }

    private func isClaimAnswer(_ content: Content) -> Bool {
        guard content.type == SeatClaim.replyType, let hear = registry.claimAnswers else { return false }
        guard case .success(let answer) = EnvelopeReader.decode(Envelope<SeatClaim.Answer>.self, content.body) else {
            return false
        }
        hear(answer.data)
        return true
    }

    private func hear(_ content: Content, _ listener: Registry.Listener) {
        switch listener.handler {
        case .events(let handler): hear(content, handler)
        case .all(let handler): handler(Overheard(content))
        }
    }

    private func hear(_ content: Content, _ handler: @Sendable (Received) -> Void) {
        guard content.type != Probe.type else { return }
        switch EnvelopeReader.read(content) {
        case .success(let received): if received.type != Probe.type { handler(received) }
        case .failure: shared.publisher.counting.count(\.unreadable)  // The journal sets it aside.
        }
    }

    private func hand(_ content: Content, _ tag: UInt64, _ redelivered: Bool, to reader: Registry.Reader) {
        guard content.type != Probe.type else { return settleNow(tag) }
        acks.delivered(tag)
        let envelope = EnvelopeReader.read(content)
        let delivery = Delivery(
            content, redelivered, envelope, shared.publisher, shared.acknowledgements,
            .init(connection: connection, tag: tag))
        switch envelope {
        case .success(let received) where received.type == Probe.type: delivery.acknowledge()
        case .success: reader.handler(delivery)
        case .failure(let error):
            shared.publisher.counting.count(\.dead)
            delivery.dead(error.description)
        }
    }

    private func serve(_ content: Content) {
        guard content.type != Probe.type else { return }
        if let type = content.type, let server = registry.servers[type] { return serve(content, server) }
        switch EnvelopeReader.read(content) {
        case .failure(let error): setAside(content, error)
        case .success(let received) where received.type == Probe.type: break
        case .success(let received):
            guard let server = registry.servers[received.type] else {
                return refuse(
                    content,
                    Refusal(422, "unknown-request", "This version does not know \(received.type). Update this service.")
                )
            }
            serve(content, server)
        }
    }

    private func serve(_ content: Content, _ server: Registry.Server) {
        guard case .failure(let error) = server(content) else { return }
        guard case .success = EnvelopeReader.read(content) else { return setAside(content, error) }
        refuse(content, Refusal(400, "bad-request", "The request cannot be read: \(error)."))
    }

    /// A request goes without its body: it may hold a password, a token, the number of a device.
    private func setAside(_ content: Content, _ error: EnvelopeError) {
        shared.publisher.counting.count(\.dead)
        var content = content
        content.body = []
        shared.publisher.dead(content, why: error.description)
    }

    private func refuse(_ content: Content, _ refusal: Refusal) {
        shared.publisher.counting.count(\.unreadable)
        let type = BusRequestType.reply(to: content.type ?? "rufbus.unknown.v1")
        shared.publisher.reply(Reply<Done>.refusal(refusal), type: type, to: content)
    }
}
