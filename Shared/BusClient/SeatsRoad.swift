import BusContract
import Synchronization
import TelephonyModel

/// The owner's side of `rufbus.seats`: durable, confirmed, in one order for each seat. What was not confirmed when the
/// connection was lost is sent again, as with events; a claim has no time limit, since it stands until it is served.
/// None of it goes to the outbox file: what a process has said of its seats means nothing once it is gone, and holds
/// numbers of devices.
extension Bus {
    /// Writes a seat down.
    /// - Parameter kept: true when the broker has it in the queue of whoever keeps seats: every later claim will see
    ///   it. False when it was dropped, or no queue takes it. Runs on a thread of the bus, or of the caller if there is
    ///   no room.
    public func write(_ checkpoint: SeatCheckpoint, kept: @escaping @Sendable (Bool) -> Void) {
        send(checkpoint, type: SeatCheckpoint.type, .checkpoint, checkpoint.seat, kept: kept)
    }

    /// Lets a seat go.
    public func end(_ end: SeatEnd, kept: @escaping @Sendable (Bool) -> Void) {
        send(end, type: SeatEnd.type, .end, end.seat, kept: kept)
    }

    /// Claims a seat. The answer comes to `onClaimAnswer`, also one to a claim of an earlier connection; it may come
    /// twice, and it may be lost: whoever misses it sends the claim again.
    /// - Parameter kept: as with `write`; says nothing of the answer.
    public func claim(_ claim: SeatClaim, kept: @escaping @Sendable (Bool) -> Void) {
        send(claim, type: SeatClaim.type, .claim, claim.seat, answers: claim.claim, kept: kept)
    }

    /// Hears the answers to claims, on the consumer's thread. Before `open`, once.
    public func onClaimAnswer(_ handler: @escaping @Sendable (SeatClaim.Answer) -> Void) {
        registry.withLock { registry in
            precondition(registry.claimAnswers == nil, "two readers of claims' answers")
            registry.claimAnswers = handler
        }
    }

    private func send<P: Codable & Sendable>(
        _ data: P, type: String, _ what: SeatWhat, _ seat: UserID, answers correlation: String? = nil,
        kept: @escaping @Sendable (Bool) -> Void
    ) {
        let key = RoutingKey.seat(what, seat)
        guard var message = publisher.outgoing(data, type: type, exchange: Topology.seats, key: key, kind: .event)
        else { return kept(false) }
        let isUnread = Flag()
        (message.durable, message.mandatory, message.isAwaited) = (true, true, true)
        message.unread = { isUnread.raise() }
        if let correlation { (message.correlation, message.replyTo) = (correlation, repliesKey) }
        message.settled = { outcome in
            if case .confirmed = outcome { kept(!isUnread.isRaised) } else { kept(false) }
        }
        publisher.send(message)
    }

    private var repliesKey: String { RoutingKey.replies(settings.service, settings.instance) }
}

extension Delivery {
    /// Answers a claim, if it says whom and under which name. Answers go with the connection: one that is lost is
    /// asked for again by who waits for it.
    public func answer(_ answer: SeatClaim.Answer) {
        guard let key = content.replyTo, key.hasPrefix("replies."), let correlation = content.correlationID else {
            return
        }
        let message = publisher.outgoing(
            answer, type: SeatClaim.replyType, exchange: Topology.replies, key: key, kind: .prompt)
        guard var message else { return }
        message.correlation = correlation
        publisher.send(message)
    }
}

private final class Flag: Sendable {
    private let raised = Atomic(false)
    func raise() { raised.store(true, ordering: .relaxed) }
    var isRaised: Bool { raised.load(ordering: .relaxed) }
}
