import BusContract
import TelephonyModel

/// The answer guard: what shows that a person, not a mailbox, answered (PRODUCT §4).
/// Incoming: none, the time of the answer, or a key ("1 accept, 2 decline", twice, 10 s). Outgoing, after a
/// suspiciously fast answer: "press 1", as often.
extension Call {
    private var guardPrompt: String { direction == .incoming ? "accept" : "confirm" }
    private var guardKeys: String { direction == .incoming ? "12" : "1" }

    /// Machines answer at once, or when their owner has not for a while.
    func answersLikeAMachine(_ leg: CallLeg) -> Bool {
        guard direction == .incoming, leg.ring?.answerGuard == .timed, let answered = leg.answeredAt else {
            return false
        }
        guard let rang = leg.rangAt else { return true }
        return answered - rang < Limit.quickAnswer || answered - rang > Limit.lateAnswer
    }

    mutating func askGuard(_ key: LegKey, after commands: [MediaCommand], _ work: inout Work) {
        collects += 1
        let until = work.now + (Int64(Limit.guardKey) + Limit.guardSlack)
        let asked = CallLeg.Asking(collect: collects, until: until)
        self[key]?.asking = asked
        let asking = self[key].map { guardCommands($0, asked) } ?? []
        command(commands + asking, &work)
        watchGuards(&work)
        enter(.guarding, .guarding, &work)
    }

    /// Asking again (a new owner does) starts prompt and time anew.
    var guardCommands: [MediaCommand] {
        legs.compactMap { leg in leg.asking.map { (leg, $0) } }.flatMap { leg, asking in guardCommands(leg, asking) }
    }

    private func guardCommands(_ leg: CallLeg, _ asking: CallLeg.Asking) -> [MediaCommand] {
        let prompt = AudioSource.prompt(name: guardPrompt, language: profile.language, times: 2)
        let port = legID(leg.port)
        return [
            .hear(port, prompt), .collect(port, id: asking.collect, digits: guardKeys, timeoutMs: Limit.guardKey),
        ]
    }

    mutating func collected(_ id: Int, _ digit: String?, _ work: inout Work) {
        guard let leg = legs.first(where: { $0.asking?.collect == id }) else { return }
        switch digit {
        case "1": guardPassed(leg.key, &work)
        case "2": guardFailed(leg.key, .deviceDeclined, &work)
        default: guardFailed(leg.key, .guardNotPassed, &work)
        }
    }

    private mutating func guardPassed(_ key: LegKey, _ work: inout Work) {
        self[key]?.asking = nil
        // The prompt's rest is cut off when the gate opens, in a moment.
        guard direction == .incoming else {
            watchGuards(&work)
            command(hear(key, .silence), &work)
            return callTarget(&work)
        }
        stage = .accepting(key)
        watchGuards(&work)
        writeAhead(.acceptance(key), &work)
        stopRinging(.completedElsewhere, besides: key, &work)
    }

    private mutating func guardFailed(_ key: LegKey, _ why: EndReason, _ work: inout Work) {
        self[key]?.asking = nil
        watchGuards(&work)
        if direction == .outgoing { return end(why, &work) }
        part(key, .normalClearing, &work)
        out(key, why, &work)
    }

    /// Nobody pressed a key, and media did not say so.
    mutating func guardsDue(_ work: inout Work) {
        let now = work.now
        for leg in legs where leg.asking.map({ $0.until <= now }) ?? false {
            if self[leg.key]?.asking != nil { guardFailed(leg.key, .guardNotPassed, &work) }
        }
        watchGuards(&work)
    }
}
