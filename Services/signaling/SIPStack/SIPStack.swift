import CSofiaSIP
import Logging
import Synchronization
import TelephonyModel

/// SIP over UDP by sofia-sip's `nua`, on the thread that calls `run`. Owns dialogs, transactions and their timers;
/// knows legs, not calls.
public final class SIPStack: @unchecked Sendable {
    public init(_ settings: SIPSettings, logger: Logger, handler: @escaping (SIPEvent) -> Void) { fatalError() }

    // MARK: Life

    /// Binds the port and runs the loop on this thread until `stop`; then hangs up what is left and returns.
    /// - Parameter ready: called once on the loop when the port is open.
    public func run(ready: () -> Void = {}) throws(SIPStackError) { fatalError() }
    /// Ends `run`. From any thread.
    public func stop() { fatalError() }
    /// Does work on the loop's thread, in the order of posting. From any thread.
    public func post(_ work: @escaping @Sendable () -> Void) { fatalError() }
    /// From any thread.
    public var counters: SIPCounters { fatalError() }
    /// The port that is bound; on the loop, once it runs.
    public var port: UInt16 { fatalError() }

    // All below: on the loop's thread only. A command to a leg that is over or in another phase does nothing.

    /// Calls `work` once on the loop.
    @discardableResult
    public func after(milliseconds: Int, _ work: @escaping () -> Void) -> LoopTimerID { fatalError() }
    /// After this the timer does not fire any more.
    public func cancel(_ timer: LoopTimerID) { fatalError() }

    // MARK: Legs that we call

    public func invite(_ leg: LegID, _ invitation: SIPInvitation) { fatalError() }
    /// ACK to a 2xx; with SDP if the 2xx held the offer.
    public func acknowledge(_ leg: LegID, sdp: String? = nil) { fatalError() }
    /// CANCEL; before a provisional answer it waits for one (RFC 3261 §9.1).
    public func cancel(_ leg: LegID, _ reason: ReasonHeader? = nil) { fatalError() }

    // MARK: Legs that call us

    /// Takes the arrival as a leg of ours. Only within the handler of `.invited`.
    public func adopt(_ arrival: ArrivalID, as leg: LegID, sessionID: String? = nil) { fatalError() }
    /// Refuses an arrival that nobody adopted. Only within the handler of `.invited`.
    public func refuse(
        _ arrival: ArrivalID, status: Int, _ reason: ReasonHeader? = nil, headers: [(name: String, value: String)] = []
    ) { fatalError() }
    /// 18x without SDP. `assertedIdentity`: the number that the caller is to see (E.164 with `+`).
    public func provisional(_ leg: LegID, status: Int, assertedIdentity: String? = nil) { fatalError() }
    /// 200 with SDP: the answer, or our offer if the INVITE had none.
    public func accept(_ leg: LegID, sdp: String, assertedIdentity: String? = nil) { fatalError() }
    /// Final answer that is no 2xx. `headers` such as Retry-After or Contact (302).
    public func refuse(
        _ leg: LegID, status: Int, _ reason: ReasonHeader? = nil, headers: [(name: String, value: String)] = []
    ) { fatalError() }

    // MARK: Any leg

    public func bye(_ leg: LegID, _ reason: ReasonHeader? = nil) { fatalError() }
    /// Answers `.reoffered`.
    public func answerOffer(_ leg: LegID, sdp: String) { fatalError() }
    /// Refuses `.reoffered` (488, 491 …); the dialog goes on as it was.
    public func refuseOffer(_ leg: LegID, status: Int) { fatalError() }
    /// Lets the leg go, whatever state it is in, without a word to the far side and without an event.
    public func forget(_ leg: LegID) { fatalError() }
}
