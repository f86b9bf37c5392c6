import TelephonyModel

/// The far side of a leg's audio, after offer and answer (RFC 3264).
public struct RemoteAudio: Codable, Hashable, Sendable {
    /// IPv4 literal.
    public var address: String
    public var port: UInt16
    public var codec: Codec
    /// Payload type that the far side wants for `codec`.
    public var payloadType: UInt8
    /// Payload type of telephone-event (RFC 4733) that the far side wants; nil if it takes none.
    public var dtmfPayloadType: UInt8?
    public init(address: String, port: UInt16, codec: Codec, payloadType: UInt8, dtmfPayloadType: UInt8?) {
        (self.address, self.port, self.codec) = (address, port, codec)
        (self.payloadType, self.dtmfPayloadType) = (payloadType, dtmfPayloadType)
    }
}

/// Our side of a leg's audio, for the SDP that signaling writes.
public struct LocalAudio: Codable, Hashable, Sendable {
    public var leg: LegID
    /// IPv4 literal that the far side can reach.
    public var address: String
    /// RTP port, even; RTCP is the next one.
    public var port: UInt16
    public init(leg: LegID, address: String, port: UInt16) {
        (self.leg, self.address, self.port) = (leg, address, port)
    }
}

/// What a leg's phone hears now. A leg hears one source at a time.
public enum AudioSource: Codable, Hashable, Sendable {
    case silence
    /// The other leg of the bridge.
    case leg(LegID)
    case tone(Tone)
    /// A prompt file by name (`Prompts/<language>/<name>.wav`), so many times; then silence.
    case prompt(name: String, language: Language, times: Int)
}

/// One step of media work. A list of them is carried out in order, all or none.
public enum MediaCommand: Codable, Hashable, Sendable {
    /// Where the leg's far side listens and what it speaks; may come again (re-INVITE).
    case remote(LegID, RemoteAudio)
    case hear(LegID, AudioSource)
    /// Reads one key press of `digits` by RFC 4733 within `timeoutMs`; answered by a `MediaNotice` with `id`.
    case collect(LegID, id: Int, digits: String, timeoutMs: Int)
    case stopCollecting(LegID)
}

/// Opens all legs of one call at once, on one worker: each has a port, hears silence until told otherwise.
/// The same call again (a retry) is answered with the same ports.
public struct OpenMedia: BusRequest, Hashable {
    public static let type = "rufbus.media.open.v1"
    public static let service = "media"
    public static let sharedVerb: String? = "open"
    public var position: CallPosition
    /// Where notices about this call go: the owner's instance.
    public var owner: InstanceID
    public var legs: [LegID]
    public init(position: CallPosition, owner: InstanceID, legs: [LegID]) {
        (self.position, self.owner, self.legs) = (position, owner, legs)
    }
    public struct Answer: Codable, Hashable, Sendable {
        /// Where all later commands of this call go.
        public var instance: InstanceID
        public var legs: [LocalAudio]
        public init(instance: InstanceID, legs: [LocalAudio]) { (self.instance, self.legs) = (instance, legs) }
    }
}

/// Media work of one call, for the instance that opened it. A lower epoch than the last seen is refused.
public struct MediaCommands: BusRequest, Hashable {
    public static let type = "rufbus.media.commands.v1"
    public static let service = "media"
    public var position: CallPosition
    public var commands: [MediaCommand]
    public init(position: CallPosition, commands: [MediaCommand]) {
        (self.position, self.commands) = (position, commands)
    }
    public typealias Answer = Done
}

/// Ends the media of one call; its `media.ended` event carries what was measured.
public struct CloseMedia: BusRequest, Hashable {
    public static let type = "rufbus.media.close.v1"
    public static let service = "media"
    public var position: CallPosition
    public init(position: CallPosition) { self.position = position }
    public typealias Answer = Done
}

/// Keeps the media leases of all seats that one owner has on one media instance; every 0.5 s, `mandatory`.
public struct RenewMedia: BusRequest, Hashable {
    public static let type = "rufbus.media.renew.v1"
    public static let service = "media"
    public var owner: InstanceID
    public struct Lease: Codable, Hashable, Sendable {
        public var seat: UserID
        public var call: CallID
        public var epoch: Int
        public init(seat: UserID, call: CallID, epoch: Int) { (self.seat, self.call, self.epoch) = (seat, call, epoch) }
    }
    public var leases: [Lease]
    public init(owner: InstanceID, leases: [Lease]) { (self.owner, self.leases) = (owner, leases) }
    public struct Answer: Codable, Hashable, Sendable {
        /// Calls that were renewed but are not open here: their media is gone.
        public var unknown: [CallID]
        public init(unknown: [CallID]) { self.unknown = unknown }
    }
}

/// What media tells the owner of a call, one way, to `instance.signaling.<owner>`.
public struct MediaNotice: BusRequest, Hashable {
    public static let type = "rufbus.signaling.media-notice.v1"
    public static let service = "signaling"
    public enum What: Codable, Hashable, Sendable {
        /// First RTP packet from the leg's far side.
        case firstPacket(LegID)
        /// The key that `collect` waited for; nil after its time.
        case collected(LegID, id: Int, digit: String?)
        /// The lease ran out: no owner and no RTP for 60 s.
        case leaseEnded
    }
    public var position: CallPosition
    public var what: What
    public init(position: CallPosition, what: What) { (self.position, self.what) = (position, what) }
    public typealias Answer = Done
}

public enum MediaWhat: String, Codable, Sendable, CaseIterable {
    /// Ports opened (transient).
    case opened
    /// Two legs hear each other (transient).
    case joined
    /// All legs closed, with quality (durable).
    case ended
    public var type: String { "rufbus.media.\(rawValue).v1" }
    /// Whether it outlives the broker, and goes to the journal.
    public var isDurable: Bool { self == .ended }
}

/// The payload of `media.*` events. `media.*` counts its own sequence.
public struct MediaFact: Codable, Hashable, Sendable {
    public struct Leg: Codable, Hashable, Sendable {
        public var leg: LegID
        public var packetsReceived: UInt64
        public var packetsSent: UInt64
        public var bytesReceived: UInt64
        public var bytesSent: UInt64
        /// Packets missing by sequence number (RFC 3550 §A.3).
        public var packetsLost: UInt64
        /// Packets dropped because they were not RTP or came from the wrong address.
        public var packetsRefused: UInt64
        public init(
            leg: LegID, packetsReceived: UInt64 = 0, packetsSent: UInt64 = 0, bytesReceived: UInt64 = 0,
            bytesSent: UInt64 = 0, packetsLost: UInt64 = 0, packetsRefused: UInt64 = 0
        ) {
            (self.leg, self.packetsReceived, self.packetsSent) = (leg, packetsReceived, packetsSent)
            (self.bytesReceived, self.bytesSent) = (bytesReceived, bytesSent)
            (self.packetsLost, self.packetsRefused) = (packetsLost, packetsRefused)
        }
    }
    public var call: CallID
    public var instance: InstanceID
    public var legs: [Leg]
    public init(call: CallID, instance: InstanceID, legs: [Leg]) {
        (self.call, self.instance, self.legs) = (call, instance, legs)
    }
}
