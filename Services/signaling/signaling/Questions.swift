import BusClient
import BusContract
import CallControl

/// The verbs that wait for a seat's word, and whom to answer.
struct Questions {
    private enum Asker {
        case originate(Responder<Originate.Answer>)
        case clear(Responder<Done>)
        /// We ourselves, at the end of the process.
        case nobody
    }
    private var last = 0
    private var open: [QuestionID: Asker] = [:]

    mutating func ask(_ responder: Responder<Originate.Answer>) -> QuestionID { ask(.originate(responder)) }
    mutating func ask(_ responder: Responder<Done>) -> QuestionID { ask(.clear(responder)) }
    mutating func askForOurselves() -> QuestionID { ask(.nobody) }

    private mutating func ask(_ asker: Asker) -> QuestionID {
        last += 1
        open[QuestionID(last)] = asker
        return QuestionID(last)
    }

    mutating func taken(_ question: QuestionID, _ state: CallState, _ position: CallPosition) {
        guard case .originate(let responder) = open.removeValue(forKey: question) else { return }
        responder.answer(Originate.Answer(state: state, position: position))
    }

    mutating func done(_ question: QuestionID) {
        guard case .clear(let responder) = open.removeValue(forKey: question) else { return }
        responder.answer(Done())
    }

    mutating func refused(_ question: QuestionID, _ refusal: Refusal) {
        switch open.removeValue(forKey: question) {
        case .originate(let responder): responder.refuse(refusal)
        case .clear(let responder): responder.refuse(refusal)
        case .nobody, nil: break
        }
    }
}
