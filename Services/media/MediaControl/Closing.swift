import BusContract
import TelephonyModel

// The end of a call's media: by the owner, by the lease, or with this instance. It may be asked for again and again.

extension MediaControl {
    mutating func close(_ request: CloseMedia, _ question: QuestionID) -> [Effect] {
        if let refusal = staleness(of: request.position) { return [.refuse(question, refusal)] }
        let id = request.position.call
        guard let call = calls[id], call.position.seat == request.position.seat else {
            return [.reply(question, .done)]
        }
        epochs[request.position.seat] = request.position.epoch
        return end(id, asked: [question])
    }

    /// - Parameter asked: who is told when the call is closed.
    mutating func end(_ id: CallID, asked: [QuestionID] = []) -> [Effect] {
        guard var call = calls[id] else { return [] }
        defer { calls[id] = call }
        switch call.phase {
        case .opening(let waiting):
            call.phase = .closing(asked, hasPorts: false)
            return waiting.map { .refuse($0, .closed(id)) }
        case .open:
            call.phase = .closing(asked, hasPorts: true)
            return [.closeLegs(id, call.legs)]
        case .closing(let waiting, let hasPorts):
            call.phase = .closing(waiting + asked, hasPorts: hasPorts)
            return []
        }
    }

    mutating func closed(_ id: CallID, _ legs: [MediaFact.Leg], _ now: Instant) -> [Effect] {
        guard var call = calls[id] else { return [.defect("call \(id) closed, which is not here")] }
        forget(id)
        closedAt[id] = now
        let report = Effect.report(call.nextPosition(), legs)
        guard case .closing(let waiting, hasPorts: true) = call.phase else {
            return [.defect("call \(id) closed, which nobody asked"), report]
        }
        return [report] + waiting.map { .reply($0, .done) }
    }

    mutating func stop() -> [Effect] {
        isStopping = true
        return calls.keys.sorted().flatMap { end($0) }
    }
}
