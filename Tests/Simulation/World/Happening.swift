import BusContract
import CallControl
import TelephonyModel

/// A SIP message between our stack and a far side.
enum Wire: Hashable {
    case invite, provisional(Int), answer(withSDP: Bool), failure(Int, cause: Int?), elsewhere(to: [Destination]),
        cancel, ack
    case bye
}

/// All that can happen in the world of the simulator.
enum Happening {
    /// Reaches the seat; `owner` is the process that asked for it.
    case tell(Seat.Event, owner: Int)
    /// Said once more.
    case repeated(Seat.Event)
    case atFar(LegID, Wire)
    case atStack(LegID, Wire)
    case farRings(LegID), farDecides(LegID), farHangsUp(LegID), farGivesUp(LegID), farLeavesAtOnce(LegID)
    case callerMoves(LegID)
    /// 64*T1 without the message that a transaction waits for (RFC 3261 §17).
    case noAnswerToInvite(LegID), noAnswerToCancel(LegID), noAckAtFar(LegID), noAckAtStack(LegID)
    case dialogLost(LegID), undelivered(LegID)
    /// The stack carries out our 200: a CANCEL that it saw before wins (commands to it are messages).
    case acceptTakesEffect(LegID)
    case timer(TimerID, Instant), strayTimer(TimerID)
    case reserve([LinesRequest.Want], evenIfFull: Bool, epoch: Int)
    case release([LegID], epoch: Int)
    case openMedia(CallID, [LegID])
    case command(CallID, [MediaCommand])
    case closeMedia(CallID)
    case leaseEnds(CallID), mediaCrashes(CallID)
    case begin(CallID)
    case userDials(CallID), userHangsUp(CallID), userDeclines(CallID), userDeflects(CallID)
    /// The seat's process ends; another one takes the written seat.
    case ownerDies, adopted

    /// What goes on in the world while no process owns the seat; all else waits for the next one.
    var needsNoOwner: Bool {
        switch self {
        case .atFar, .farRings, .farDecides, .farHangsUp, .farGivesUp, .farLeavesAtOnce, .noAckAtFar, .reserve,
            .release, .openMedia,
            .command, .closeMedia, .leaseEnds, .mediaCrashes, .adopted, .ownerDies:
            true
        case .tell, .repeated, .strayTimer, .atStack, .noAnswerToInvite, .noAnswerToCancel, .noAckAtStack, .dialogLost,
            .undelivered,
            .callerMoves,
            .acceptTakesEffect, .timer, .begin, .userDials, .userHangsUp, .userDeclines, .userDeflects:
            false
        }
    }
}
