import BusContract
import TelephonyModel

/// A Reason header (RFC 3326).
public struct SIPReason: Codable, Hashable, Sendable {
    public enum Scheme: String, Codable, Sendable {
        case sip = "SIP"
        case q850 = "Q.850"
    }
    public var scheme: Scheme
    public var cause: Int
    public var text: String
    public init(_ scheme: Scheme, _ cause: Int, _ text: String) {
        (self.scheme, self.cause, self.text) = (scheme, cause, text)
    }
}

/// One INVITE of ours.
public struct Invitation: Codable, Hashable, Sendable {
    public var trunk: TrunkID
    /// User part of the Request-URI and of To, with the trunk's prefixes; never shown to anybody else.
    public var number: String
    public var identity: Identity
    /// Our side of the audio, for the offer.
    public var audio: LocalAudio
    public init(trunk: TrunkID, number: String, identity: Identity, audio: LocalAudio) {
        (self.trunk, self.number, self.identity, self.audio) = (trunk, number, identity, audio)
    }
}

extension Seat {
    /// What the driver is to do, in this order. Ids only, no closures: an effect can be logged and replayed.
    public enum Effect: Codable, Hashable, Sendable {
        // SIP: legs that we call
        case invite(LegID, Invitation)
        case acknowledge(LegID)
        /// Given only after a provisional answer (RFC 3261 §9.1).
        case cancel(LegID, SIPReason?)

        // SIP: legs that called us
        /// 18x without SDP.
        case provisional(LegID, status: Int)
        /// 200 with SDP: the answer to the offer, or an offer if the INVITE had none.
        case accept(LegID, LocalAudio)
        /// Final answer that is no 2xx.
        case refuse(LegID, status: Int, SIPReason?)
        /// 302: the trunk is to call this number instead (user part of the Contact, with the trunk's prefixes).
        case redirect(LegID, to: String, TrunkID)

        // SIP: any leg
        case bye(LegID, SIPReason?)
        /// No final answer came in time: the dialog's handle goes, whatever state it is in.
        case forget(LegID)

        // Media; commands go to the instance that opened the call's media
        case openMedia(CallPosition, legs: [LegID])
        case media(CallPosition, InstanceID, [MediaCommand])
        case closeMedia(CallPosition, InstanceID)

        // Lines; those of a leg that was called are released by its `leg.ended`
        case reserve(CallPosition, [LinesRequest.Want], evenIfFull: Bool)
        case release(CallPosition, [LegID])

        /// This trunk refused a caller's number that its identity profile lets us show.
        case callerNumberRefused(TrunkID)

        // Facts, durable; `CallPosition.sequence` counts them
        case publish(CallWhat, CallPicture, CallPosition)
        case publishLeg(LegWhat, LegPicture, CallPosition)

        /// Write the seat down; `checkpointConfirmed` with this revision or a higher one is the answer.
        case checkpoint(revision: Int)

        // Answers to verbs
        /// The originate is taken, or stands for a call that exists already.
        case taken(QuestionID, CallPicture, CallPosition)
        case done(QuestionID)
        case refused(QuestionID, Refusal)

        case arm(TimerID, at: Instant)
        case disarm(TimerID)

        /// What only a bug can do. The seat has ended the call, if it knows which.
        case defect(String)
    }
}
