import BusContract
import TelephonyModel

/// The answer guard: a key proves that a person, not a mailbox, answered (PRODUCT §4).
/// Incoming: "1 accept, 2 decline", twice, 10 s. Outgoing, after a suspiciously fast answer: "press 1", as often.
extension Call {
    private var guardPrompt: String { direction == .incoming ? "accept" : "confirm" }
    private var guardKeys: String { direction == .incoming ? "12" : "1" }

    mutating func askGuard(after commands: [MediaCommand], _ work: inout Work) {
        collects += 1
        stage = .guarding(collect: collects)
        command(commands + guardCommands, &work)
        arm(.guardKey, in: Int64(Limit.guardKey) + Limit.guardSlack, &work)
        enter(.guarding, .guarding, &work)
    }

    /// Asking again (a new owner does) starts prompt and time anew.
    var guardCommands: [MediaCommand] {
        let prompt = AudioSource.prompt(name: guardPrompt, language: profile.language, times: 2)
        let device = legID(.device)
        return [
            .hear(device, prompt), .collect(device, id: collects, digits: guardKeys, timeoutMs: Limit.guardKey),
        ]
    }

    mutating func collected(_ leg: LegID, _ id: Int, _ digit: String?, _ work: inout Work) {
        guard stage == .guarding(collect: id), leg == legID(.device) else { return }
        switch digit {
        case "1": guardPassed(&work)
        case "2": guardFailed(.deviceDeclined, &work)
        default: guardFailed(.guardNotPassed, &work)
        }
    }

    private mutating func guardPassed(_ work: inout Work) {
        disarm(.guardKey, &work)
        // The prompt's rest is cut off when the gate opens, in a moment.
        if direction == .incoming { return writeAhead({ .accepting(revision: $0) }, &work) }
        command(hear(.device, .silence), &work)
        callTarget(&work)
    }

    mutating func guardFailed(_ why: EndReason, _ work: inout Work) {
        guard case .guarding = stage else { return }
        disarm(.guardKey, &work)
        if direction == .outgoing { return end(why, &work) }
        part(.device, .normalClearing, &work)
        divert(why, &work)
    }
}
