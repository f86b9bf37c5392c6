import BusClient
import BusContract
import CallControl
import TelephonyModel

/// Lines: rows of presence. While presence is away its last known capacities are the measure: up to 80 % of a trunk's
/// channels are used on our own count, which sees the calls of this instance alone.
extension Driver {
    func reserve(_ position: CallPosition, _ wants: [LinesRequest.Want], _ evenIfFull: Bool) {
        let request = LinesRequest(
            seat: position.seat, call: position.call, epoch: position.epoch,
            what: .reserve(wants, evenIfFull: evenIfFull))
        bus.request(request, limitMs: 1_000) { [here = LoopBound(self, on: stack)] answer in
            here.post { $0.reserved(position, wants, evenIfFull, answer) }
        }
    }

    func release(_ position: CallPosition, _ legs: [LegID]) {
        let request = LinesRequest(
            seat: position.seat, call: position.call, epoch: position.epoch, what: .release(legs))
        // What is lost on the way presence takes back by itself: at the event that ends the leg, or at its sweep.
        if !bus.order(request) {
            logger.warning("lines not released: the message bus is away", metadata: position.metadata)
        }
    }

    private func reserved(
        _ position: CallPosition, _ wants: [LinesRequest.Want], _ evenIfFull: Bool, _ answer: Result<Done, Refusal>
    ) {
        let legs = wants.map(\.leg)
        switch answer {
        case .success: tell(position.seat, .linesGranted(legs: legs))
        case .failure(let refusal) where refusal.isAbsence && (evenIfFull || seemFree(wants)):
            counters.guessedLines += 1
            logger.warning("lines let through: \(refusal.sentence)", metadata: position.metadata)
            tell(position.seat, .linesGranted(legs: legs))
        case .failure(let refusal): tell(position.seat, .linesRefused(legs: legs, refusal))
        }
    }

    /// Whether the wants fit into 80 % of each trunk's channels beside what our own running calls hold.
    private func seemFree(_ wants: [LinesRequest.Want]) -> Bool {
        let mine = Set(wants.map(\.leg))
        let held = seats.values.flatMap(\.seat.running).flatMap(\.picture.legs)
            .filter { $0.phase != .ended && !mine.contains($0.leg) }
        return Set(wants.map(\.trunk)).allSatisfy { id in
            guard let trunk = directory.current?.trunk(id) else { return false }
            let used = held.filter { $0.trunk == id }.map(\.lines) + wants.filter { $0.trunk == id }.map(\.use)
            let outside = trunk.outsideChannels - trunk.reserve
            return used.reduce(0) { $0 + $1.sip } * 10 <= trunk.sipChannels * 8
                && used.reduce(0) { $0 + $1.outside } * 10 <= outside * 8
        }
    }
}

extension Refusal {
    /// Whether nobody answered, as against somebody who said no.
    var isAbsence: Bool { ["no-such-instance", "timeout", "bus-down"].contains(code) }
}
