import BusContract
import TelephonyModel

/// Which call an event is for; and what is done for a call that is over.
extension Seat {
    mutating func pass(_ event: Event, _ work: inout Work) {
        guard let call = event.call else { return }
        guard let index = calls.firstIndex(where: { $0.id == call }) else { return late(event, of: call, &work) }
        calls[index].handle(event, &work)
    }

    /// Ports and lines that come after the end go back at once.
    private mutating func late(_ event: Event, of call: CallID, _ work: inout Work) {
        let known = finished.firstIndex { $0.picture.call == call }
        let position =
            known.map { finished[$0].position }
            ?? CallPosition(seat: user, call: call, conversation: call, epoch: epoch, sequence: 0)
        switch event {
        case .linesGranted(let legs):
            linesCame(legs, to: known)
            work.add(.release(position, legs))
        case .linesRefused(let legs, let refusal):
            linesCame(legs, to: known)
            if refusal.code != "no-line" { work.add(.release(position, legs)) }
        case .mediaOpened(_, let instance, _):
            if let known { finished[known].awaitsMedia = nil }
            work.add(.closeMedia(position, instance))
        case .mediaRefused: if let known { finished[known].awaitsMedia = nil }
        default: if let known { finished[known].late(event, &work) }
        }
    }
}

extension Seat {
    private mutating func linesCame(_ legs: [LegID], to known: Int?) {
        if let known { finished[known].owedLines.removeAll(where: legs.contains) }
    }
}

extension Seat.Event {
    /// The call that this is about; nil for a checkpoint, which is the whole seat's.
    public var call: CallID? {
        switch self {
        case .originate(let wish, _, _, _): wish.call
        case .clear(let call, _), .decline(let call, _), .deflect(let call, _, _), .mediaOpened(let call, _, _),
            .mediaRefused(let call, _), .mediaNotice(let call, _),
            .mediaLost(let call), .mediaSilent(let call):
            call
        case .invited(let arrival, _): arrival.call
        case .cancelled(let leg, _), .confirmed(let leg, _), .provisional(let leg, _, _), .answered(let leg, _),
            .failed(let leg, _, _), .redirected(let leg, _, _), .undelivered(let leg), .moved(let leg, _),
            .hungUp(let leg, _), .lost(let leg):
            leg.call
        case .linesGranted(let legs), .linesRefused(let legs, _): legs.first?.call
        case .checkpointConfirmed: nil
        case .fired(let timer): timer.call
        }
    }
}

extension Call {
    mutating func handle(_ event: Seat.Event, _ work: inout Work) {
        switch event {
        case .cancelled(let leg, let reason): with(leg, &work) { $0.cancelled($1, reason, &$2) }
        case .confirmed(let leg, let audio): with(leg, &work) { $0.confirmed($1, audio, &$2) }
        case .provisional(let leg, let status, let audio):
            with(leg, &work) { $0.provisional($1, status, audio, &$2) }
        case .answered(let leg, let audio): with(leg, &work) { $0.answered($1, audio, &$2) }
        case .failed(let leg, let status, let cause): with(leg, &work) { $0.refused($1, status, cause, &$2) }
        case .redirected(let leg, let status, let places):
            with(leg, &work) { $0.redirected($1, status, to: places, &$2) }
        case .moved(let leg, let audio): with(leg, &work) { $0.moved($1, audio, &$2) }
        case .undelivered(let leg): with(leg, &work) { $0.undelivered($1, &$2) }
        case .hungUp(let leg, let cause): with(leg, &work) { $0.hungUp($1, cause, &$2) }
        case .lost(let leg): with(leg, &work) { $0.lost($1, &$2) }
        case .mediaOpened(_, let instance, let audio): mediaOpened(instance, audio, &work)
        case .mediaRefused(_, let refusal): mediaRefused(refusal, &work)
        case .mediaNotice(_, let what): notice(what, &work)
        case .mediaLost: mediaLost(&work)
        case .mediaSilent: mediaSilent(&work)
        case .linesGranted(let legs): linesGranted(legs, &work)
        case .linesRefused(let legs, let refusal): linesRefused(legs, refusal, &work)
        case .fired(let timer): fired(timer.what, &work)
        case .originate, .clear, .decline, .deflect, .invited, .checkpointConfirmed: break  // The seat's own.
        }
    }

    private mutating func with(_ leg: LegID, _ work: inout Work, _ body: (inout Call, LegKey, inout Work) -> Void) {
        guard let key = key(of: leg) else { return defect("word of leg \(leg), which was never called", &work) }
        body(&self, key, &work)
    }
}
