import BusContract
import Dispatch
import Synchronization

/// Questions that wait for their answer, by correlation id. Each is answered once: by a reply, a return, a lost bus or
/// the end of its time.
final class PendingRequests: Sendable {
    typealias Answer = @Sendable (Result<Content, Refusal>) -> Void

    struct Question: Sendable {
        /// Who is asked, for messages: "signaling", "media a1".
        let whom: String
        let deadline: UInt64
        let answer: Answer
    }
    private struct Table {
        var questions: [String: Question] = [:]
        var next: UInt64 = 1
        /// No deadline is earlier than this.
        var earliest = UInt64.max
    }
    private let table = Mutex(Table())
    /// Refusals leave here: never on the asker's own thread, which may hold a lock.
    private let refusals = DispatchQueue(label: "rufbus.bus.refusals")
    /// Tells our replies from those to an earlier process of the same name.
    private let prefix = String(UInt32.random(in: 0 ... .max), radix: 36)

    /// Answers the correlation id.
    func add(_ question: Question) -> String {
        table.withLock { table in
            let id = "\(prefix)-\(table.next)"
            table.next += 1
            table.questions[id] = question
            table.earliest = min(table.earliest, question.deadline)
            return id
        }
    }

    /// False if nobody waits for it (any more).
    func reply(_ content: Content, to correlation: String?) -> Bool {
        guard let question = remove(correlation) else { return false }
        question.answer(.success(content))
        return true
    }

    /// The request came back: no queue has this name.
    func returned(_ correlation: String?) {
        guard let question = remove(correlation) else { return }
        refuse(
            question, "no-such-instance",
            "No \(question.whom) is running that could do this. Start it, or try again in a moment.")
    }

    /// Refuses all that wait. `why`: "the connection to the message bus is lost".
    func fail(why: String) {
        let questions = table.withLock { table in
            defer { (table.questions, table.earliest) = ([:], .max) }
            return Array(table.questions.values)
        }
        for question in questions { busDown(question, why) }
    }

    /// Refuses one that waits.
    func fail(_ correlation: String?, why: String) {
        if let question = remove(correlation) { busDown(question, why) }
    }

    /// Refuses what is over its time, and answers when the next one is.
    func expire(now: UInt64) -> UInt64 {
        let (over, earliest) = table.withLock { table in
            guard table.earliest <= now else { return ([Question](), table.earliest) }
            let over = table.questions.filter { $0.value.deadline <= now }
            for id in over.keys { table.questions[id] = nil }
            table.earliest = table.questions.values.map(\.deadline).min() ?? .max
            return (Array(over.values), table.earliest)
        }
        for question in over {
            refuse(
                question, "timeout",
                "The answer of \(question.whom) did not come in time. "
                    + "It may still have been done: look before you repeat it."
            )
        }
        return earliest
    }

    private func busDown(_ question: Question, _ why: String) {
        refuse(question, "bus-down", "Not done: \(why). Try again in a moment.")
    }

    private func refuse(_ question: Question, _ code: String, _ sentence: String) {
        refusals.async { question.answer(.failure(Refusal(503, code, sentence))) }
    }

    private func remove(_ correlation: String?) -> Question? {
        guard let correlation else { return nil }
        return table.withLock { $0.questions.removeValue(forKey: correlation) }
    }
}
