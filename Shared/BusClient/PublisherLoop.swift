import BusContract
import Foundation
import Logging

/// The publisher's thread: connects, probes, sends, reads confirms, connects again. Not Sendable: it never leaves its
/// thread.
final class PublisherLoop {
    /// Events go out in pieces no closer than this to each other, so that a stream goes out in batches: 1 ms.
    static let gather = UInt64.milliseconds(1)
    /// So many do not wait.
    static let gathered = 32
    /// Confirms that nobody waits for, and what comes back because no queue wants it, are read this much later at most:
    /// to wake for each costs more than to send the message.
    static let lazy = UInt64.milliseconds(20)
    /// At least twice a heartbeat.
    static let idle = UInt64.milliseconds(800)
    static let probeLimitMs = 10_000

    private let shared: Publisher
    private let url: BrokerURL
    private var window = ConfirmWindow()
    private var backoff = Backoff()
    private var generator = SystemRandomNumberGenerator()
    private var isBlocked = false
    private var lastSent: UInt64 = 0
    /// When the socket is to be read in any case.
    private var readBy: UInt64 = 0
    /// Probes that came back, by message id.
    private var returnedProbes: Set<String> = []

    init(_ shared: Publisher, _ url: BrokerURL) { (self.shared, self.url) = (shared, url) }

    func run() {
        while true {
            do throws(BusError) {
                try session()
                break
            } catch {
                lose(error)
                shared.opened.fulfil(.failure(error))
                if isOver { break }
                shared.logger.warning("bus publisher lost", metadata: ["why": "\(error)"])
                pause(milliseconds: backoff.next(using: &generator))
            }
        }
        finish()
    }

    /// The first attempt failed, or somebody closed the bus.
    private var isOver: Bool { !hasOpened || shared.waiting.withLock { $0.closeBy != nil } }
    private var hasOpened = false

    /// One connection's life. Returns when the bus is closed and all is sent.
    private func session() throws(BusError) {
        let link = try Link(url, name: "\(shared.source) publisher")
        defer { link.close() }
        (window, isBlocked, readBy) = (ConfirmWindow(), false, 0)
        try link.selectConfirms()
        try probe(link)
        hasOpened = true
        backoff.reset()
        shared.status.publisher(true)
        shared.opened.fulfil(.success(()))
        try serve(link)
    }

    private func serve(_ link: Link) throws(BusError) {
        var hasInput = true
        while true {
            if hasInput { try drain(link) }
            let nextSend = try sendWaiting(link)
            if isFlushed { return }
            hasInput = wait(link, min(nextSend, nextDeadline()))
        }
    }

    private func nextDeadline() -> UInt64 {
        let now = Clock.now()
        let deadline = shared.pending.expire(now: now)
        return deadline > now ? deadline - now : 0
    }

    /// Waits for something to do; answers whether the broker may have said something.
    private func wait(_ link: Link, _ limit: UInt64) -> Bool {
        let now = Clock.now()
        guard now < readBy else { return true }
        let isLazy = !window.isEmpty && !window.isPressing
        let hasInput = shared.wake.wait(socket: isLazy ? nil : link.descriptor, nanoseconds: min(limit, readBy - now))
        return hasInput || Clock.now() >= readBy
    }

    private var isFlushed: Bool {
        shared.waiting.withLock { waiting in
            guard let closeBy = waiting.closeBy else { return false }
            return waiting.outbox.isEmpty && window.isEmpty || Clock.now() >= closeBy
        }
    }

    // MARK: Sending

    /// Sends what may be sent; answers how long to wait for what may not yet.
    private func sendWaiting(_ link: Link) throws(BusError) -> UInt64 {
        guard !isBlocked else { return Self.idle }
        let now = Clock.now()
        let (since, room) = (lastSent, window.room)
        let (batch, hold) = shared.waiting.withLock { waiting in
            let hold = Self.hold(waiting, since: since, now)
            return (hold == 0 ? waiting.take(bytes: room.bytes, count: room.count, now) : [], hold)
        }
        guard !batch.isEmpty else { return hold == 0 ? Self.idle : hold }
        (lastSent, readBy) = (now, min(readBy, now + Self.lazy))
        for message in batch { window.add(message) }  // First, so that a failure here puts all of them back.
        if now > link.heardAt + Self.idle { try drain(link) }  // A thread that was stopped has not looked for long.
        try link.publish(batch)
        return Self.idle
    }

    /// How long the waiting events go on waiting for others; 0: they go now.
    private static func hold(_ waiting: Publisher.Waiting, since lastSent: UInt64, _ now: UInt64) -> UInt64 {
        let isUrgent = waiting.outbox.hasPrompts || waiting.outbox.count >= gathered || waiting.closeBy != nil
        guard !waiting.outbox.isEmpty, !isUrgent, now < lastSent + gather else { return 0 }
        return lastSent + gather - now
    }

    // MARK: What the broker says

    private func drain(_ link: Link) throws(BusError) {
        while let incoming = try link.next() { try take(incoming) }
        readBy = Clock.now() + (window.isEmpty ? Self.idle : Self.lazy)
    }

    private func take(_ incoming: Incoming) throws(BusError) {
        switch incoming {
        case .confirmed(let tag, let multiple): confirmed(window.settle(tag, multiple: multiple))
        case .refused: throw BusError(.lost, "the broker refused a message: its queue is full or on the move")
        case .returned(let content): returned(content)
        case .blocked(let reason): blocked(true, reason)
        case .unblocked: blocked(false, "")
        case .delivered: break  // Nothing is consumed here.
        }
    }

    private func confirmed(_ messages: [Outgoing]) {
        shared.counting.count(\.confirmed, messages.count)
        for message in messages { message.settled?(.confirmed) }
    }

    private func returned(_ content: Content) {
        if content.type == Probe.type {
            if let id = content.messageID { returnedProbes.insert(id) }
        } else if let unread = content.messageID.flatMap({ window.message($0) })?.unread {
            unread()
        } else {
            shared.counting.count(\.returned)
            shared.pending.returned(content.correlationID)
        }
    }

    private func blocked(_ blocked: Bool, _ reason: String) {
        isBlocked = blocked
        shared.status.blocked(blocked)
        shared.logger.warning(
            blocked ? "broker takes no messages" : "broker takes messages again", metadata: ["why": "\(reason)"])
    }

    // MARK: Probes

    /// One message to each durable queue that this service feeds: confirmed and not returned, or no work is taken.
    private func probe(_ link: Link) throws(BusError) {
        guard let service = Service(rawValue: shared.settings.service) else { return }
        let deadline = Clock.now() + .milliseconds(Self.probeLimitMs)
        var feeds = service.feeds(instance: shared.settings.instance.rawValue)
        while !feeds.isEmpty {
            feeds = try probe(link, feeds)
            guard let missing = feeds.first else { return }
            if Clock.now() >= deadline || isClosing { throw notRouted(missing) }
            shared.wake.wait(socket: nil, nanoseconds: .milliseconds(300))  // Its owner may be just starting.
        }
    }

    /// Answers the feeds whose probe came back.
    private func probe(_ link: Link, _ feeds: [Service.Feed]) throws(BusError) -> [Service.Feed] {
        returnedProbes = []
        let deadline = Clock.now() + .milliseconds(Self.probeLimitMs)
        var sent: [String: Service.Feed] = [:]
        for feed in feeds {
            guard let message = probeMessage(feed) else { continue }
            window.add(message)
            sent[message.id] = feed
            try link.publish(message)
        }
        while !window.isEmpty {
            try drain(link)
            guard Clock.now() < deadline else {
                throw BusError(
                    .lost, "the broker at \(url.place) did not confirm within \(Self.probeLimitMs / 1_000) s")
            }
            if !window.isEmpty { shared.wake.wait(socket: link.descriptor, nanoseconds: Self.idle) }
        }
        return returnedProbes.compactMap { sent[$0] }
    }

    private func probeMessage(_ feed: Service.Feed) -> Outgoing? {
        var message = shared.outgoing(Probe(), type: Probe.type, exchange: feed.exchange, key: feed.key, kind: .prompt)
        message?.mandatory = true
        message?.deadline = Clock.now() + .milliseconds(Self.probeLimitMs)
        return message
    }

    private func notRouted(_ feed: Service.Feed) -> BusError {
        BusError(
            .notRouted,
            "queue \"\(feed.queue)\" gets nothing of what is sent to \"\(feed.exchange)\" with key \"\(feed.key)\": "
                + "load deploy/broker/definitions.json, or start the service that owns the queue")
    }

    // MARK: Losing the connection

    /// Durable events that were out are sent again later, in their order and with their ids; requests are answered.
    private func lose(_ error: BusError) {
        if error.kind == .forbidden { dropForbidden(error) }
        shared.status.publisher(false)
        if hasOpened { shared.counting.count(\.losses) }
        let open = window.open
        window = ConfirmWindow()
        let prompts = shared.waiting.withLock { waiting in
            waiting.outbox.putBack(open.filter { $0.kind == .event && $0.durable })
            return waiting.outbox.dropPrompts()
        }
        shared.pending.fail(why: "the connection to the message bus is lost")
        let given = open.filter { $0.type != Probe.type && !($0.kind == .event && $0.durable) }
        for message in given + prompts { shared.drop(message, error) }
    }

    /// The broker closes the channel at the first message that may not be sent; its text names exchange or key.
    private func dropForbidden(_ error: BusError) {
        let named = { (message: Outgoing, text: String) in error.message.contains("'\(text)'") }
        let open = window.open
        let culprit =
            open.firstIndex { named($0, $0.key) && named($0, $0.exchange) }
            ?? open.firstIndex { named($0, $0.exchange) } ?? open.indices.first
        guard let culprit else { return }
        window = ConfirmWindow()
        for (index, message) in open.enumerated() where index != culprit { window.add(message) }
        shared.pending.fail(open[culprit].correlation, why: error.message)
        shared.drop(open[culprit], error)
    }

    private var isClosing: Bool { shared.waiting.withLock { $0.closeBy != nil } }

    /// Waits before the next attempt; goes on answering requests whose time is over.
    private func pause(milliseconds: Int) {
        let until = Clock.now() + .milliseconds(milliseconds)
        while !isClosing {
            let now = Clock.now()
            guard now < until else { return }
            shared.pending.fail(why: "the connection to the message bus is lost")
            shared.wake.wait(socket: nil, nanoseconds: min(until - now, .milliseconds(100)))
        }
    }

    private func finish() {
        let left = shared.waiting.withLock { waiting in
            waiting.hasEnded = true
            return window.open + waiting.outbox.dropAll()
        }
        window = ConfirmWindow()
        shared.status.publisher(false)
        shared.pending.fail(why: "the bus is closed")
        for message in left { shared.drop(message, .closed) }
        shared.opened.fulfil(.failure(.closed))
    }
}
