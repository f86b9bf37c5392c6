import TelephonyModel

/// What the SIP stack tells its owner, on the loop's thread, one after another.
public enum SIPEvent: Sendable, Hashable {
    // Legs that call us
    /// A new call. The handler adopts or refuses it before it returns; else the stack answers 500. 100 is sent.
    case invited(SIPArrival)
    /// CANCEL; 487 is sent. The leg is over.
    case cancelled(LegID, [ReasonHeader])
    /// The ACK to our 200; with SDP if our 200 held the offer.
    case confirmed(LegID, sdp: String?)

    // Legs that we call
    /// 1xx. A 100 rings nowhere, but opens the way for a CANCEL (RFC 3261 §9.1).
    case provisional(LegID, status: Int, sdp: String?)
    /// 2xx; `acknowledge` it. Also after our CANCEL, when both crossed: then `acknowledge` and `bye`.
    case answered(LegID, status: Int, sdp: String?)
    /// Final answer that is no 2xx: 408 also for silence, 503 also for a broken transport, 487 after CANCEL, 502 for a
    /// 2xx whose Contact is neither sip: nor sips:. The leg is over. `cause`: Q.850 of Reason. `isLocal`: no far side
    /// said so, the stack found it out by itself.
    case failed(LegID, status: Int, phrase: String, cause: Int?, isLocal: Bool)

    /// 3xx instead of `failed`; with its Contacts, the one to try first first (RFC 3261 §8.1.3.4). The leg is over.
    case redirected(LegID, status: Int, to: [SIPAddress])

    /// What the target of the INVITE of a leg said; `failed` or `redirected` of the same leg follows.
    case targetFailed(LegID, SIPAnswer)

    // Any leg
    /// BYE; it is answered. The leg is over.
    case hungUp(LegID, [ReasonHeader])
    /// The dialog ended without BYE: no ACK came to our 200, 408 or 481 to a request of ours, or its session timer ran
    /// out. The leg is over.
    case lost(LegID)
    /// Our BYE was answered, or nobody answered it. The leg is over.
    case released(LegID)
    /// A re-INVITE or an UPDATE with an offer (`sdp` nil: a re-INVITE that asks for our offer). Answer with
    /// `answerOffer` or `refuseOffer`.
    case reoffered(LegID, sdp: String?)
    /// The ACK to our 200 to a re-INVITE; with SDP if our 200 held the offer.
    case reconfirmed(LegID, sdp: String?)
    /// A `reoffer` of ours was taken; with SDP: its answer.
    case reofferAnswered(LegID, sdp: String?)
    /// A `reoffer` of ours was refused, or crossed too often (491); the dialog goes on as it was.
    case reofferRefused(LegID, status: Int)
    /// A message of the leg was sent or received: for ladders.
    case message(LegID, SIPMessage)
}
