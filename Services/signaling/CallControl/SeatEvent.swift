import BusContract
import TelephonyModel

/// A verb or an originate that waits for its answer. The driver numbers them and keeps whom to answer.
public struct QuestionID: Hashable, Codable, Sendable {
    public let raw: Int
    public init(_ raw: Int) { self.raw = raw }
}

/// An INVITE that arrived for a user's office number.
public struct Arrival: Codable, Hashable, Sendable {
    /// What the INVITE says about audio.
    public enum Offer: Codable, Hashable, Sendable {
        case audio(RemoteAudio)
        /// No SDP: our 200 carries the offer, the ACK the answer (RFC 3261 §13.2.1).
        case none
        /// SDP that we cannot read, or without a codec that we speak: 488.
        case unusable
    }
    /// The id of the new call, made by the driver. The incoming leg's id is `LegID(call, .party)`.
    public var call: CallID
    /// E.164 with `+`, or an extension; without number: anonymous.
    public var caller: PartyView
    /// Whether the caller is a phone of the PBX: then the call holds no outside line.
    public var callerReach: Reach
    public var offer: Offer
    /// What the user's rules say about this caller now.
    public var route: Route
    /// Whether it came through a group: its first diversion is not the user's number (PRODUCT §3.8).
    public var viaGroup: Bool
    public init(
        call: CallID, caller: PartyView, callerReach: Reach, offer: Offer, route: Route = .ring, viaGroup: Bool = false
    ) {
        (self.call, self.caller, self.callerReach, self.offer) = (call, caller, callerReach, offer)
        (self.route, self.viaGroup) = (route, viaGroup)
    }
}

/// What is tried first for an incoming call; the profile knows the phones.
public enum Route: Codable, Hashable, Sendable {
    /// The phones of the profile.
    case ring
    /// No phone rings: the fallback for this reason takes it.
    case fallback(FallbackReason)
    /// Somebody else rings first, an assistant for example; then the fallback.
    case divert(Destination)
    /// Refused.
    case blocked
    /// Through a group whose calls the user does not want: the PBX goes on.
    case groupNotWanted
}

/// Where a ringing call is to ring instead.
public enum Deflection: Codable, Hashable, Sendable {
    /// Another phone of the user's.
    case device(Device)
    case number(Destination)
}

extension Seat {
    /// What the world tells a seat. An event may come late, twice, or for a call that is over: none of this is an
    /// error.
    public enum Event: Codable, Hashable, Sendable {
        // Verbs
        /// makeCall; `profile` is the user as the directory knows him now. The target is dialled as asked, and shown
        /// everywhere as this view of it.
        case originate(Originate, Profile, PartyView, QuestionID)
        /// clearConnection: hang up, or decline what still rings.
        case clear(CallID, QuestionID)
        /// declineCall: a call that rings stops ringing and goes to the fallback.
        case decline(CallID, QuestionID)
        /// deflectCall: a call that rings, rings there instead.
        case deflect(CallID, Deflection, QuestionID)

        // SIP: legs that called us
        case invited(Arrival, Profile)
        /// CANCEL for an incoming leg; the stack has answered 487. `reason`: its Reason header, if any.
        case cancelled(LegID, SIPReason?)
        /// The ACK to our 200; with SDP if our 200 held the offer.
        case confirmed(LegID, RemoteAudio?)

        // SIP: legs that we called
        /// 1xx to our INVITE; with SDP: where its early media comes from. A 100 rings nowhere, but opens the way for a
        /// CANCEL (RFC 3261 §9.1).
        case provisional(LegID, status: Int, RemoteAudio?)
        /// 2xx to our INVITE, not yet acknowledged. Without usable SDP nil.
        case answered(LegID, RemoteAudio?)
        /// Final answer to our INVITE that is no 2xx; 408 also for silence.
        case failed(LegID, status: Int, cause: Int?)
        /// 3xx to our INVITE. `to`: where its Contacts point, as far as that is a number, the one to try first first.
        case redirected(LegID, status: Int, to: [Destination])
        /// Our INVITE could not be delivered: the transport to the trunk is broken, or the trunk is gone.
        case undelivered(LegID)

        // SIP: any leg
        /// The far side of a leg listens elsewhere, or holds us, or takes us back (re-INVITE, UPDATE); it is answered.
        case moved(LegID, RemoteAudio)
        /// BYE from the far side; the stack has answered it. `cause`: Q.850, from its Reason header.
        case hungUp(LegID, cause: Int?)
        /// The dialog ended without a BYE: no ACK came to our 200, 408 or 481 to a request of ours.
        case lost(LegID)

        // Media
        case mediaOpened(CallID, InstanceID, [LocalAudio])
        case mediaRefused(CallID, Refusal)
        case mediaNotice(CallID, MediaNotice.What)
        /// The instance is gone, or does not know the call, or refused a command.
        case mediaLost(CallID)
        /// A command was not answered: nobody knows whether it was carried out.
        case mediaSilent(CallID)

        // Lines; `legs` are those of the reservation
        case linesGranted(legs: [LegID])
        case linesRefused(legs: [LegID], Refusal)

        // Own doings that report back
        case checkpointConfirmed(revision: Int)
        case fired(TimerID)
    }
}
