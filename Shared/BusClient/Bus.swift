import BusContract
import Logging
import Synchronization
import TelephonyModel

/// One service's place on the bus: publishes events, asks and answers requests, consumes queues.
///
/// Register (`serve`, `listen`, `consume`, `onStateChange`), then `open`. Two threads do the work, one a connection.
/// Handlers run on the consumer thread and must hop elsewhere for slow work. After a loss the bus connects again by
/// itself; what was published meanwhile is sent then, in order. With an outbox file (`BusSettings.outbox`) durable
/// events outlive the process too.
public final class Bus: Sendable {
    let settings: BusSettings
    private let isPassive: Bool
    private let ownsSeats: Bool
    private let status = BusStatus()
    private let pending = PendingRequests()
    private let counting = Counting()
    let registry = Mutex(Registry())
    let publisher: Publisher
    private let consumer: Consumer

    /// - Parameter passive: reads events only, through `listen`: publishes nothing, asks nothing, needs no right to
    ///   write.
    public init(_ settings: BusSettings, logger: Logger, passive: Bool = false) {
        (self.settings, isPassive) = (settings, passive)
        ownsSeats = Service(rawValue: settings.service)?.ownsSeats == true
        publisher = Publisher(settings, status: status, pending: pending, counting: counting, logger: logger)
        consumer = Consumer(publisher, isPassive: passive)
    }

    /// CloudEvents `source` of all that is published here: "rufbus/signaling/a1".
    public var source: String { publisher.source }
    public var instance: InstanceID { settings.instance }
    public var state: BusState { status.now }
    public var counters: BusCounters { counting.now }
    /// Why no new work should be begun now, in a sentence; nil if there is room for what it would publish. What runs
    /// already may go on publishing: it has the room that is left.
    public var noRoom: BusError? { publisher.noRoom }

    // MARK: Registration, before `open`

    /// Answers requests of this type: from the queue that all replicas share if the type has a shared verb, else from
    /// this instance's own. Types may share a queue; a message is dispatched by its CloudEvents type.
    public func serve<R: BusRequest>(_ type: R.Type, _ handler: @escaping @Sendable (R, Responder<R.Answer>) -> Void) {
        precondition(R.service == settings.service, "\(R.type) is answered by \(R.service)")
        registry.withLock { [publisher] registry in
            if let verb = R.sharedVerb { registry.sharedVerbs.insert(verb) } else { registry.servesInstance = true }
            registry.servers[R.type] = { content in
                EnvelopeReader.decode(Envelope<R>.self, content.body).map { envelope in
                    handler(envelope.data, Responder(publisher, content, type: R.replyType))
                }
            }
        }
    }

    /// Reads events that match one of the keys ("call.#"), through a queue of its own that ends with the connection and
    /// drops its oldest messages when it is full. No acknowledgement.
    /// - Parameter exchange: `rufbus.events`, or `rufbus.dead` for who may read it.
    public func listen(
        _ bindingKeys: [String], exchange: String = Topology.events, _ handler: @escaping @Sendable (Received) -> Void
    ) {
        let listener = Registry.Listener(exchange: exchange, keys: bindingKeys, handler: .events(handler))
        registry.withLock { $0.listeners.append(listener) }
    }

    /// As `listen`, for who wants each message as it came: also probes, and what is no message of ours.
    public func overhear(
        _ bindingKeys: [String], exchange: String = Topology.events, _ handler: @escaping @Sendable (Overheard) -> Void
    ) {
        let listener = Registry.Listener(exchange: exchange, keys: bindingKeys, handler: .all(handler))
        registry.withLock { $0.listeners.append(listener) }
    }

    /// Reads a durable queue in order. At most `prefetch` deliveries are out unsettled.
    public func consume(_ queue: String, prefetch: Int, _ handler: @escaping @Sendable (Delivery) -> Void) {
        let reader = Registry.Reader(queue: queue, prefetch: prefetch, handler: handler)
        registry.withLock { $0.readers.append(reader) }
    }

    /// Tells of each change, in order, on a thread of the bus; `.lost` is where it begins.
    public func onStateChange(_ handler: @escaping @Sendable (BusState) -> Void) { status.add(handler) }

    // MARK: Life

    /// Connects, declares what this service uses, and sends one probe to each durable queue that it feeds. Once only.
    /// Waits up to 10 s for an earlier process of this name to let go of its queues, and for queues to be fed.
    /// - Throws: what stands in the way, in a sentence that names the setting to mend.
    public func open() async throws(BusError) {
        let url = try BrokerURL(settings)
        if isPassive { status.publisher(true) }
        consumer.start(url, registry.withLock { $0 })
        try await consumer.declared.value.get()
        if !isPassive { try await openPublisher(url) }
        consumer.read()
        do throws(BusError) {
            try await consumer.reading.value.get()
        } catch {
            if !isPassive { await publisher.stop(limitMs: 0) }
            throw error
        }
    }

    private func openPublisher(_ url: BrokerURL) async throws(BusError) {
        do throws(BusError) {
            try publisher.openOutbox()
            publisher.start(url)
            try await publisher.opened.value.get()
        } catch {
            await consumer.stop()
            throw error
        }
    }

    /// Takes no more work, sends what waits (5 s at most), ends both connections and their threads.
    public func close() async {
        if consumer.isStarted { await consumer.stop() }
        if publisher.isStarted { await publisher.stop(limitMs: 5_000) }
        registry.withLock { $0 = Registry() }
    }

    // MARK: Publishing

    /// To `rufbus.events`. Never blocks. Messages published while the bus is away are kept, in order: 64 MiB of durable
    /// ones, 16 MiB with transient ones; what does not fit is dropped, logged and counted. A durable message that was
    /// out and unconfirmed when the connection was lost is sent again with the same id.
    /// - Parameters:
    ///   - key: of `RoutingKey`.
    ///   - durable: survives the broker's restart (`call.*`, `leg.answered`, `leg.ended`, `media.ended`, `journal.*`).
    ///   - confirmed: true when the broker has it; false when it was dropped, or when the bus was closed before and the
    ///     next process will send it from the outbox file. Runs on a thread of the bus, or of the caller if there is no
    ///     room.
    ///   - unread: told when no queue wanted it. Runs on a thread of the bus, before `confirmed`.
    public func publish<P: Codable & Sendable>(
        _ data: P, type: String, key: String, position: CallPosition? = nil, durable: Bool,
        confirmed: (@Sendable (Bool) -> Void)? = nil, unread: (@Sendable () -> Void)? = nil
    ) {
        send(
            data, type: type, key: key, position: position, durable: durable, isAwaited: confirmed != nil,
            unread: unread
        ) { outcome in
            if case .confirmed = outcome { confirmed?(true) } else { confirmed?(false) }
        }
    }

    /// As `publish`, and returns when the broker has it.
    /// - Parameter identity: for what another process may say too.
    public func publishConfirmed<P: Codable & Sendable>(
        _ data: P, type: String, key: String, position: CallPosition? = nil, durable: Bool,
        as identity: EventIdentity? = nil
    ) async throws(BusError) {
        let outcome = await withCheckedContinuation { continuation in
            send(data, type: type, key: key, position: position, durable: durable, isAwaited: true, as: identity) {
                continuation.resume(returning: $0)
            }
        }
        switch outcome {
        case .confirmed: return
        case .dropped(let error): throw error
        case .kept: throw BusError(.closed, "the bus was closed before; the next process sends it from the outbox file")
        }
    }

    private func send<P: Codable & Sendable>(
        _ data: P, type: String, key: String, position: CallPosition?, durable: Bool, isAwaited: Bool,
        as identity: EventIdentity? = nil, unread: (@Sendable () -> Void)? = nil,
        settled: @escaping @Sendable (Outgoing.Outcome) -> Void
    ) {
        precondition(!isPassive, "a passive bus publishes nothing")
        let message = publisher.outgoing(
            data, type: type, exchange: Topology.events, key: key, kind: .event, position: position, as: identity)
        guard var message else { return settled(.dropped(BusError(.unencodable, "\(type) cannot be written as JSON"))) }
        (message.durable, message.isAwaited, message.settled) = (durable, isAwaited, settled)
        (message.mandatory, message.unread) = (unread != nil, unread)
        message.isSeats = position != nil && ownsSeats
        publisher.send(message)
    }

    /// What is published, asked and answered within `work`, on whatever thread, leaves as one piece: it wakes the
    /// bus once.
    public func together(_ work: () -> Void) { publisher.together(work) }

    // MARK: Requests

    /// Asks one instance, or whoever of the service's replicas takes it first. Never blocks; `answer` runs once, on a
    /// thread of the bus. What the bus itself cannot do is a `Refusal` with status 503 and code "no-such-instance" (at
    /// once), "timeout" (after `limitMs`) or "bus-down" (at once).
    /// - Parameter instance: nil for the queue that the replicas share; needs a type with a shared verb.
    public func request<R: BusRequest>(
        _ request: R, to instance: InstanceID? = nil, limitMs: Int = 2_000,
        answer: @escaping @Sendable (Result<R.Answer, Refusal>) -> Void
    ) {
        precondition(!isPassive, "a passive bus asks nothing")
        let correlation = pending.add(
            .init(whom: whom(R.service, instance), deadline: Clock.now() + .milliseconds(limitMs)) { result in
                answer(result.flatMap(Self.read))
            })
        guard status.now == .connected else {
            return pending.fail(correlation, why: "the message bus is away")
        }
        guard let message = outgoing(request, to: instance, limitMs, correlation) else {
            return pending.fail(correlation, why: "the request cannot be written as JSON")
        }
        publisher.send(message)
    }

    /// As `request`, for what needs no answer: whether it was done is seen otherwise, or mends itself. None is sent,
    /// which spares two services and the broker half of the work.
    /// - Returns: false if the bus is away; it may be lost later, too.
    public func order<R: BusRequest>(_ request: R, to instance: InstanceID? = nil, limitMs: Int = 2_000) -> Bool {
        precondition(!isPassive, "a passive bus asks nothing")
        guard status.now == .connected, let message = outgoing(request, to: instance, limitMs, nil) else {
            return false
        }
        publisher.send(message)
        return true
    }

    private func outgoing<R: BusRequest>(
        _ request: R, to instance: InstanceID?, _ limitMs: Int, _ correlation: String?
    ) -> Outgoing? {
        let key: String
        if let instance {
            key = RoutingKey.instance(R.service, instance)
        } else {
            guard let verb = R.sharedVerb else { preconditionFailure("\(R.type) goes to one instance") }
            key = RoutingKey.shared(R.service, verb)
        }
        var message = publisher.outgoing(request, type: R.type, exchange: Topology.requests, key: key, kind: .prompt)
        message?.mandatory = true
        message?.deadline = Clock.now() + .milliseconds(limitMs)
        message?.correlation = correlation
        message?.replyTo = correlation.map { _ in RoutingKey.replies(settings.service, settings.instance) }
        return message
    }

    private func whom(_ service: String, _ instance: InstanceID?) -> String {
        instance.map { "\(service) \($0)" } ?? service
    }

    private static func read<Answer: Codable & Sendable>(_ content: Content) -> Result<Answer, Refusal> {
        switch EnvelopeReader.decode(Envelope<Reply<Answer>>.self, content.body) {
        case .success(let envelope):
            switch envelope.data {
            case .answer(let answer): .success(answer)
            case .refusal(let refusal): .failure(refusal)
            }
        case .failure(let error):
            .failure(Refusal(503, "bad-reply", "The answer cannot be read: \(error). Update both services."))
        }
    }

    /// As above, awaited.
    public func request<R: BusRequest>(
        _ request: R, to instance: InstanceID? = nil, limitMs: Int = 2_000
    ) async throws(Refusal) -> R.Answer {
        let result = await withCheckedContinuation { continuation in
            self.request(request, to: instance, limitMs: limitMs) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
