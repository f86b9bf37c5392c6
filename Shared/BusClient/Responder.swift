import BusContract
import Synchronization

/// Answers one request, once, from any thread. A second answer is dropped.
public struct Responder<Answer: Codable & Sendable>: Sendable {
    private let publisher: Publisher
    private let request: Content
    private let type: String
    private let once = Once()

    init(_ publisher: Publisher, _ request: Content, type: String) {
        (self.publisher, self.request, self.type) = (publisher, request, type)
    }

    public func answer(_ answer: Answer) { send(.answer(answer)) }
    public func refuse(_ refusal: Refusal) { send(.refusal(refusal)) }

    private func send(_ reply: Reply<Answer>) {
        if once.isFirst() { publisher.reply(reply, type: type, to: request) }
    }
}

private final class Once: Sendable {
    private let done = Atomic(false)
    func isFirst() -> Bool { !done.exchange(true, ordering: .relaxed) }
}

extension Publisher {
    /// Nobody is answered who did not ask for it.
    func reply<Answer: Codable & Sendable>(_ reply: Reply<Answer>, type: String, to request: Content) {
        guard let key = request.replyTo, key.hasPrefix("replies."), let correlation = request.correlationID else {
            return
        }
        guard var message = outgoing(reply, type: type, exchange: Topology.replies, key: key, kind: .prompt) else {
            return
        }
        message.correlation = correlation
        send(message)
    }
}
