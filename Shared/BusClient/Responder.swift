import BusContract

/// Answers one request, once, from any thread. A second answer is dropped.
public struct Responder<Answer: Codable & Sendable>: Sendable {
    let send: @Sendable (Reply<Answer>) -> Void
    public func answer(_ answer: Answer) { send(.answer(answer)) }
    public func refuse(_ refusal: Refusal) { send(.refusal(refusal)) }
}
