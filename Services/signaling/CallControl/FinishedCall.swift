import BusContract
import TelephonyModel

/// What a seat remembers of a call that is over: enough to answer a repeated originate and to end what crosses.
struct FinishedCall: Codable, Sendable {
    let picture: CallPicture
    private(set) var position: CallPosition
    /// What the originate was told, if it was refused.
    let refusal: Refusal?
    /// Ports were asked for and not there yet: they are closed when they come.
    var awaitsMedia: [LegID]?
    /// Lines were asked for and not answered: they are released when they are granted.
    var owedLines: [LegID]
    let at: Instant

    init(_ call: Call, at now: Instant) {
        (picture, position, refusal, at) = (call.picture, call.position, call.refusal, now)
        owedLines = call.owedLines
        awaitsMedia = call.media == .opening ? call.mediaLegs : nil
    }

    /// The same originate again: it never rings twice.
    func answer(_ question: QuestionID) -> Seat.Effect {
        if let refusal { return .refused(question, refusal) }
        return .taken(question, picture, position)
    }

    /// What a new owner asks again.
    mutating func adopted(in epoch: Int, _ work: inout Work) {
        position = CallPosition(
            seat: position.seat, call: position.call, conversation: position.conversation, epoch: epoch,
            sequence: position.sequence)
        if let awaitsMedia { work.add(.openMedia(position, legs: awaitsMedia)) }
        if !owedLines.isEmpty { work.add(.release(position, owedLines)) }
    }

    func leg(_ id: LegID) -> LegPicture? { picture.legs.first { $0.leg == id } }

    /// A far side whose leg was given up unanswered, and which stands in a dialog all the same, is told to leave it.
    func late(_ event: Seat.Event, _ work: inout Work) {
        switch event {
        case .answered(let id, _):
            guard let leg = leg(id), leg.answeredAt == nil else { return }
            work.add(.acknowledge(id))
            work.add(.bye(id, .normalClearing))
        case .confirmed(let id, _):
            guard let leg = leg(id), leg.answeredAt == nil else { return }
            work.add(.bye(id, .normalClearing))
        default: break
        }
    }
}
