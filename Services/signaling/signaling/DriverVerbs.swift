import BusClient
import BusContract
import CallControl
import TelephonyModel

/// What others ask of us on the bus.
extension Driver {
    func originate(_ wish: Originate, _ responder: Responder<Originate.Answer>) {
        do throws(Refusal) {
            let directory = try directoryForCalls()
            let profile = try profile(for: wish, in: directory)
            let shown = directory.lookup.party(wish.target)
            _ = seat(of: wish.user)
            tell(wish.user, .originate(wish, profile, shown, questions.ask(responder)))
        } catch {
            responder.refuse(error)
        }
    }

    private func directoryForCalls() throws(Refusal) -> Directory {
        guard !isEnding else {
            throw Refusal(503, "ending", "This call service is being stopped: try again in some seconds.")
        }
        guard bus.noRoom == nil else {
            throw Refusal(
                503, "no-room",
                "What a new call would tell cannot be kept for now: try again later; the call service's log says why.")
        }
        guard let directory = directory.current else {
            throw Refusal(503, "no-directory", "The call service does not know its users yet: try again in a second.")
        }
        return directory
    }

    private func profile(for wish: Originate, in directory: Directory) throws(Refusal) -> Profile {
        guard let user = directory.user(wish.user) else {
            throw Refusal(404, "no-such-user", "There is no user \"\(wish.user)\" in the directory.")
        }
        guard let trunk = directory.trunks.first else {
            throw Refusal(503, "no-trunk", "The directory has no trunk: ask your administrator to enter one.")
        }
        return try Profile(of: user, on: trunk, device: wish.device)
    }

    func clear(_ wish: ClearConnection, _ responder: Responder<Done>) {
        guard seats[wish.user] != nil else {
            return responder.refuse(.noCall(wish.call))
        }
        tell(wish.user, .clear(wish.call, questions.ask(responder)))
    }

    var snapshot: CallSnapshot.Answer {
        CallSnapshot.Answer(
            calls: seats.values.flatMap { holder in
                holder.seat.running.map { .init(state: $0.picture.state(holder.clock.text), position: $0.position) }
            })
    }

    // MARK: The end

    /// No new work; what runs is hung up.
    func end() {
        isEnding = true
        trunks.end()
        for (user, holder) in seats {
            for call in holder.seat.running { tell(user, .clear(call.picture.call, questions.askForOurselves())) }
        }
    }

    /// Whether no call runs and no dialog is open.
    var isQuiet: Bool { seats.values.allSatisfy(\.seat.isIdle) && legs.openCount == 0 && trunks.isQuiet }
}
