import BusContract
import TelephonyModel

// Media commands of one call: checked, then carried out all or none.

extension MediaControl {
    mutating func apply(_ request: MediaCommands, _ question: QuestionID) -> [Effect] {
        let id = request.position.call
        if let refusal = staleness(of: request.position) { return [.refuse(question, refusal)] }
        guard let call = calls[id], call.isKept, call.position.seat == request.position.seat else {
            return [.refuse(question, .unknown(id))]
        }
        guard call.isOpen else { return [.refuse(question, .notYetOpen(id))] }
        if let refusal = CommandCheck(legs: call.legs).refusal(of: request.commands) {
            return [.refuse(question, refusal)]
        }
        epochs[request.position.seat] = request.position.epoch
        applying[question] = Work(call: id, commands: request.commands)
        return [.apply(id, request.commands, question)]
    }

    mutating func applied(_ question: QuestionID) -> [Effect] {
        guard let work = applying.removeValue(forKey: question) else {
            return [.defect("commands of question \(question.raw) carried out, which nobody asked")]
        }
        guard var call = calls[work.call], call.isOpen else { return [.reply(question, .done)] }
        defer { calls[work.call] = call }
        let joined = call.hear(work.commands)
        return [.reply(question, .done)]
            + joined.map { .announce(.joined, call.nextPosition(), [$0.first, $0.second]) }
    }

    mutating func notApplied(_ question: QuestionID, _ why: Refusal) -> [Effect] {
        guard applying.removeValue(forKey: question) != nil else {
            return [.defect("commands of question \(question.raw) refused, which nobody asked")]
        }
        return [.refuse(question, why)]
    }
}
