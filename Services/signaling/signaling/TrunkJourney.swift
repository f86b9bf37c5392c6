import BusContract
import SIPStack
import TelephonyModel
import TrunkControl

/// An INVITE on its way over a trunk's targets: to the next one when a target has no answer, no connection or no line;
/// never again once its user has given up, or something has rung.
struct TrunkJourney {
    let trunk: TrunkID
    var request: SIPInvitation
    var tried: Set<Int> = []
    var target = 0
    /// Runs while nothing at all has come back from a target, and another is left.
    var silence: LoopTimerID?
    /// The failure that follows is that of a target which was left.
    var isLeft = false
}

extension TrunkBoard {
    /// A target that has said nothing for so long is left, if there is another: RFC 3261 §17.1.1.2 would wait 32 s.
    private static let silenceMs = 4_000

    /// Sends an INVITE over a trunk.
    /// - Returns: false if the trunk has just said that it has no line: nothing is sent.
    func invite(_ leg: LegID, _ request: SIPInvitation, on trunk: TrunkID) -> Bool {
        guard !isFull(trunk) else { return false }
        journeys[leg] = TrunkJourney(trunk: trunk, request: request)
        if !goOn(leg) {
            // No keeper yet: the directory is younger than the board.
            journeys[leg] = nil
            stack.invite(leg, request)
        }
        return true
    }

    /// To the next target; false if none is left.
    private func goOn(_ leg: LegID) -> Bool {
        guard var journey = journeys[leg], let next = next(journey.trunk, besides: journey.tried) else { return false }
        journey.tried.insert(next.position)
        journey.target = next.position
        journey.request.target = SIPTarget(next.target, user: journey.request.target.user)
        journey.request.credentials = next.2
        if self.next(journey.trunk, besides: journey.tried) != nil {
            journey.silence = stack.after(milliseconds: Self.silenceMs) { [unowned self] in saidNothing(leg) }
        }
        journeys[leg] = journey
        stack.invite(leg, journey.request)
        return true
    }

    private func saidNothing(_ leg: LegID) {
        journeys[leg]?.silence = nil
        guard let journey = journeys[leg], isWanted(leg), stack.abandon(leg) else { return }
        refused(journey.trunk, journey.target, TargetAnswer(408, isLocal: true))
        _ = goOn(leg)  // There was another one when the timer was armed, and only this leg uses it up.
    }

    /// Something has come back: the target is there.
    func heard(_ leg: LegID) {
        if let silence = journeys[leg]?.silence { stack.cancel(silence) }
        journeys[leg]?.silence = nil
    }

    /// What the target said in the end; the stack's `failed` of this leg follows.
    func targetFailed(_ leg: LegID, _ said: SIPAnswer) {
        heard(leg)
        guard let journey = journeys[leg] else { return }
        let answer = TargetAnswer(said)
        refused(journey.trunk, journey.target, answer)
        guard answer.isForAnotherTarget, isWanted(leg), goOn(leg) else {
            journeys[leg] = nil
            return
        }
        journeys[leg]?.isLeft = true
        logger.info(
            "target left", metadata: ["trunk": "\(journey.trunk)", "leg": "\(leg)", "status": "\(answer.status)"])
    }

    /// Whether the leg's failure is only that of a target which was left.
    func goesOn(_ leg: LegID) -> Bool {
        guard journeys[leg]?.isLeft == true else { return false }
        journeys[leg]?.isLeft = false
        return true
    }

    /// The user gave up, or the leg is answered or over: no other target is tried.
    func settled(_ leg: LegID) {
        heard(leg)
        journeys[leg] = nil
    }
}
