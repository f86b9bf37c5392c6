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

    enum Timer { case glare, session, options }

    let id: Int64
    let handle: OpaquePointer
    var leg: LegID?
    var phase: Phase
    /// Our UUID of Session-ID, and the far side's.
    var sessionID: String?, farSessionID: String?
    /// Our Contact, if it is not the library's own.
    var contact: String?
    /// BYE that waits for the ACK to our 200 (RFC 3261 §15: the called side says no BYE before).
    var byeAfterAck: ReasonHeader??
    /// Who may offer now.
    var offers: OfferRules
    var theirOffer: TheirOffer?
    /// Of a leg that calls us: whether its INVITE had an offer, and what it said of session timers.
    var hadOffer = true
    var timerWish: SessionTimer.Wish?
    /// An offer of ours: its turn has not come; or it is out.
    var waiting: SIPStack.Reoffer?, reoffer: SIPStack.Reoffer?
    /// What we last said of our side.
    var localSDP: String?
    /// The session timer that both sides agreed to.
    var session: SessionTimer?
    /// Whether Allow of the far side has UPDATE.
    var allowsUpdate = false
    /// Whether it has answered OPTIONS of ours.
    var answersOptions = false
    var timers: [Timer: LoopTimerID] = [:]
    /// Of a leg that we call.
    var invitation: SIPInvitation?
    /// For challenges within the dialog.
    var credentials: SIPCredentials?
    var byeIsChallenged = false
    var callID = ""
    /// Whether a challenge to its INVITE was answered.
    var isChallenged = false
    /// Whether anything has come back to its INVITE.
    var wasAnswered = false
    /// Its leg goes another way; whatever still comes is cancelled or hung up.
    var isAbandoned = false
    /// Hosts that requests of this dialog come from.
    var hosts: Set<String> = []
    /// What came before somebody took the INVITE.
    var early: [SIPMessage] = []

    init(id: Int64, handle: OpaquePointer, leg: LegID?, phase: Phase) {
        (self.id, self.handle, self.leg, self.phase) = (id, handle, leg, phase)
        offers = OfferRules(calling: phase == .calling)
    }
}
