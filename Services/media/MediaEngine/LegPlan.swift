import RTP

/// What the worker does for one leg now. Immutable: control makes a new one for a change, hands it over by the slot's
/// atomic pointer and frees the old one when the worker cannot hold it any more. Trivial: copying it counts nothing.
struct LegPlan {
    /// What the leg's phone hears.
    enum Source {
        /// Another leg, by its slot.
        case leg(Int)
        /// An encoded sound of whole frames in the leg's codec; nil times is for ever. Lives as long as the engine.
        case sound(UnsafePointer<UInt8>, frames: Int, times: Int?)
    }

    /// The far side, after offer and answer.
    struct Remote {
        var endpoint: Endpoint
        var isALaw: Bool
        var payloadType: UInt8
        /// Nil if the far side takes no telephone-events.
        var eventPayloadType: UInt8?
    }

    /// One wanted key press.
    struct Collect {
        /// Bit n stands for event code n (RFC 4733 §3.2).
        var keys: UInt16
        /// Nanoseconds of the monotonic clock.
        var deadline: Int64
    }

    /// Numbers that grow with each change of their part: how the worker sees what is new, and how control knows what a
    /// notice is about. 0: there was none yet.
    struct Serials {
        var remote: UInt64 = 0
        var source: UInt64 = 0
        var collect: UInt64 = 0
    }

    var rtp: Int32
    var rtcp: Int32
    var serials: Serials
    /// Nil before the first `remote`: nothing is sent and nothing is taken.
    var remote: Remote?
    var source: Source
    var collect: Collect?
    /// Slots of the legs that hear this one.
    var listeners: UnsafePointer<Int32>?
    var listenerCount: Int
}

extension LegPlan {
    /// What a payload type means that the far side sends. It sends what our SDP named: the static types of G.711 and
    /// 101, or in an answer the numbers of its own offer.
    enum Payload { case audio(isALaw: Bool), event, other }

    @_noLocks
    static func payload(_ type: UInt8, _ remote: Remote) -> Payload {
        if type == 0 { return .audio(isALaw: false) }
        if type == 8 { return .audio(isALaw: true) }
        if type == remote.payloadType { return .audio(isALaw: remote.isALaw) }
        if let event = remote.eventPayloadType, type == event { return .event }
        return type == 101 ? .event : .other
    }
}
