import BusContract
import Dispatch
import Foundation
import Logging
import Synchronization

/// All that leaves a service: what waits, and the thread that sends it. `PublisherLoop` is that thread's life.
final class Publisher: Sendable {
    /// What the thread is woken for: requests and replies go at once, events may wait for more.
    enum Urgency: Int { case none, event, prompt }

    struct Waiting {
        var outbox = Outbox()
        /// For what the thread has been woken since it last took something.
        var signalled = Urgency.none
        /// Who is still putting messages together (`together`), and what the thread is to be woken for then.
        var gatherers = 0
        var owed = Urgency.none
        /// When `stop` was called: the thread ends once all is sent, or at this time.
        var closeBy: UInt64?
        var hasEnded = false
        var keeperIsSignalled = false
        var keeperEnds = false
        /// It did not end in time: nobody waits for it a second time.
        var keeperHangs = false

        /// The next messages for the thread, which looks by itself until it sleeps. A request whose time is over is
        /// left out: its asker has been told so, and it must not be done after all.
        mutating func take(bytes: Int, count: Int, _ now: UInt64) -> [Outgoing] {
            signalled = .none
            var (taken, room) = ([Outgoing](), bytes)
            while taken.count < count, let message = outbox.take(room: room, now: now) {
                if let deadline = message.deadline, deadline <= now { continue }
                taken.append(message)
                room = max(0, min(room, ConfirmWindow.byteLimit) - message.cost)
            }
            return taken
        }

        /// Whether the thread is to be woken now: it is not yet up for something as urgent.
        mutating func wakes(for urgency: Urgency) -> Bool {
            guard gatherers == 0 else {
                if urgency.rawValue > owed.rawValue { owed = urgency }
                return false
            }
            guard urgency.rawValue > signalled.rawValue else { return false }
            signalled = urgency
            return true
        }
    }
    let waiting = Mutex(Waiting())
    let wake = Wake()
    let status: BusStatus
    let pending: PendingRequests
    let counting: Counting
    let logger: Logger
    let settings: BusSettings
    let opened = Promise<Result<Void, BusError>>()
    private let ended = Promise<Void>()
    private let started = Atomic(false)
    let keeperWake = Wake()
    /// Entered while the outbox file's thread runs.
    let keeperRuns = DispatchGroup()

    init(
        _ settings: BusSettings, status: BusStatus, pending: PendingRequests, counting: Counting, logger: Logger
    ) {
        (self.settings, self.status, self.pending) = (settings, status, pending)
        (self.counting, self.logger) = (counting, logger)
    }

    var source: String { "rufbus/\(settings.service)/\(settings.instance)" }

    /// Starts the thread; `opened` says how it went.
    func start(_ url: BrokerURL) {
        let thread = Thread { [self] in
            PublisherLoop(self, url).run()
            endOutbox()
            ended.fulfil(())
        }
        thread.name = "bus-publish"
        started.store(true, ordering: .relaxed)
        thread.start()
    }

    var isStarted: Bool { started.load(ordering: .relaxed) }

    /// Ends the thread when all is sent, in `limitMs` at most (and what one call into librabbitmq may take).
    func stop(limitMs: Int) async {
        waiting.withLock { $0.closeBy = Clock.now() + .milliseconds(limitMs) }
        wake.signal()
        await ended.value
    }

    /// Never blocks. Without room, or after the end, the message is dropped at once.
    func send(_ message: Outgoing) {
        let (error, wakes, wakesKeeper) = waiting.withLock { waiting -> (BusError?, Bool, Bool) in
            if waiting.hasEnded { return (.closed, false, false) }
            let now = Clock.now()
            guard waiting.outbox.add(message, now: now) else { return (Self.full, false, false) }
            return (nil, waiting.wakes(for: message.kind == .prompt ? .prompt : .event), waiting.wakesKeeper(now))
        }
        if wakes { wake.signal() }
        if wakesKeeper { keeperWake.signal() }
        if let error { drop(message, error) }
    }

    /// What is sent meanwhile leaves as one: the thread is woken once, at the end.
    func together(_ work: () -> Void) {
        waiting.withLock { $0.gatherers += 1 }
        work()
        let wakes = waiting.withLock { waiting in
            waiting.gatherers -= 1
            guard waiting.gatherers == 0 else { return false }
            defer { waiting.owed = .none }
            return waiting.wakes(for: waiting.owed)
        }
        if wakes { wake.signal() }
    }

    static let full = BusError(.lost, "no room for more messages while the bus is away")

    func drop(_ message: Outgoing, _ error: BusError) {
        if error.kind == .closed, isKept(message) { return message.settled?(.kept) ?? () }
        counting.count(\.dropped)
        if message.kind == .event {
            logger.error(
                "event dropped", metadata: ["type": "\(message.type)", "key": "\(message.key)", "why": "\(error)"])
        }
        message.settled?(.dropped(error))
    }

    /// What could not be handled, to `rufbus.dead`. `settled` says true when the broker has it.
    func dead(_ content: Content, why: String, settled: (@Sendable (Bool) -> Void)? = nil) {
        // Anybody may read what is dead; what is written about a seat holds numbers of devices.
        let body = content.exchange == Topology.seats ? [] : content.body
        let data = DeadMessage(
            exchange: content.exchange, key: content.key, why: why, body: Data(body).base64EncodedString())
        let key = RoutingKey.dead(settings.service, settings.instance.rawValue)
        guard var message = outgoing(data, type: DeadMessage.type, exchange: Topology.dead, key: key, kind: .event)
        else { return }
        (message.durable, message.isAwaited) = (true, true)
        message.settled = { outcome in
            if case .confirmed = outcome { settled?(true) } else { settled?(false) }
        }
        logger.warning("message set aside", metadata: ["key": "\(content.key)", "why": "\(why)"])
        send(message)
    }

    /// Wraps and encodes; nil, logged, if the payload is no JSON (a number that is none, a key that is too long).
    func outgoing<P: Codable & Sendable>(
        _ data: P, type: String, exchange: String, key: String, kind: Outgoing.Kind, position: CallPosition? = nil,
        as identity: EventIdentity? = nil
    ) -> Outgoing? {
        let envelope = Envelope(
            id: identity?.id ?? uuid7(), source: identity?.source ?? source, type: type, time: Timestamp.now(),
            position: position, data: data)
        guard let body = encode(envelope), key.utf8.count <= 255, type.utf8.count <= 255 else {
            logger.error("message cannot be sent", metadata: ["type": "\(type)", "key": "\(key)"])
            return nil
        }
        return Outgoing(exchange: exchange, key: key, type: type, id: envelope.id, body: body, kind: kind)
    }

    private func encode<P: Codable & Sendable>(_ envelope: Envelope<P>) -> [UInt8]? {
        do {
            return try EnvelopeReader.encode(envelope)
        } catch {
            logger.error("payload is no JSON", metadata: ["type": "\(envelope.type)", "why": "\(error)"])
            return nil
        }
    }
}
