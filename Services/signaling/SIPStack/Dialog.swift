import TelephonyModel

/// What we know of one handle of the library: a leg, or an INVITE that nobody has taken yet.
final class Dialog {
    /// Where the dialog stands as its owner sees it.
    enum Phase {
        /// INVITE received, not yet finally answered.
        case arriving
        /// 200 sent, no ACK yet.
        case answered
        /// INVITE sent, no final answer yet.
        case calling
        /// The same, and CANCEL is asked for.
        case cancelling
        /// 2xx received, ACK not yet sent.
        case toAcknowledge
        case standing
        /// BYE sent, not yet answered.
        case leaving
    }

    let id: Int64
    let handle: OpaquePointer
    var leg: LegID?
    var phase: Phase
    /// Our UUID of Session-ID, and the far side's.
    var sessionID: String?, farSessionID: String?
    /// BYE that waits for the ACK to our 200 (RFC 3261 §15: the called side says no BYE before).
    var byeAfterAck: ReasonHeader??
    /// The method of the offer that waits for its answer.
    var offerMethod: String?
    /// What came before somebody took the INVITE.
    var early: [SIPMessage] = []

    init(id: Int64, handle: OpaquePointer, leg: LegID?, phase: Phase) {
        (self.id, self.handle, self.leg, self.phase) = (id, handle, leg, phase)
    }
}
