import TelephonyModel

/// One message on the bus: CloudEvents 1.0, structured JSON (`application/cloudevents+json`).
/// `source` and `id` together are the idempotency key: AMQP may deliver twice.
public struct Envelope<Payload: Codable & Sendable>: Sendable {
    public static var specversion: String { "1.0" }
    public let id: String
    /// The sender: "rufbus/signaling/a1".
    public let source: String
    /// What it is, with its version: "rufbus.call.answered.v1". A type never changes its meaning.
    public let type: String
    /// RFC 3339 with milliseconds, the sender's clock; for display, never for order.
    public let time: String
    /// Present in all that belongs to a call; flattened into extension attributes on the wire.
    public let position: CallPosition?
    public let traceparent: String?
    public let data: Payload

    public init(
        id: String, source: String, type: String, time: String, position: CallPosition? = nil,
        traceparent: String? = nil, data: Payload
    ) {
        (self.id, self.source, self.type, self.time) = (id, source, type, time)
        (self.position, self.traceparent, self.data) = (position, traceparent, data)
    }
}

extension Envelope: Equatable where Payload: Equatable {}

/// Where an event stands: the higher (epoch, sequence) of one call wins.
public struct CallPosition: Codable, Hashable, Sendable {
    /// The seat (= user) that owns the call.
    public let seat: UserID
    public let call: CallID
    /// The id of the first of the calls that belong together.
    public let conversation: CallID
    /// Grows with each new owner of the seat; 1 for the first.
    public let epoch: Int
    /// Counts the durable `call.*` and `leg.*` events of one call from 1; transient ones carry the last one.
    public let sequence: Int

    public init(seat: UserID, call: CallID, conversation: CallID, epoch: Int, sequence: Int) {
        (self.seat, self.call, self.conversation) = (seat, call, conversation)
        (self.epoch, self.sequence) = (epoch, sequence)
    }

    /// Whether this is newer than what `other` says of the same call.
    public func isNewer(than other: CallPosition) -> Bool { (epoch, sequence) > (other.epoch, other.sequence) }
}

extension Envelope: Codable {
    enum Key: String, CodingKey {
        case specversion, id, source, type, time, datacontenttype, traceparent, data
        case seat, call, conversation, epoch, sequence
    }

    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let version = try box.decode(String.self, forKey: .specversion)
        guard version == Self.specversion else {
            throw DecodingError.dataCorruptedError(
                forKey: .specversion, in: box, debugDescription: "specversion must be 1.0, is \(version)")
        }
        id = try box.decode(String.self, forKey: .id)
        source = try box.decode(String.self, forKey: .source)
        type = try box.decode(String.self, forKey: .type)
        time = try box.decode(String.self, forKey: .time)
        traceparent = try box.decodeIfPresent(String.self, forKey: .traceparent)
        data = try box.decode(Payload.self, forKey: .data)
        guard let call = try box.decodeIfPresent(CallID.self, forKey: .call) else {
            position = nil
            return
        }
        position = CallPosition(
            seat: try box.decode(UserID.self, forKey: .seat), call: call,
            conversation: try box.decode(CallID.self, forKey: .conversation),
            epoch: try box.decode(Int.self, forKey: .epoch), sequence: try box.decode(Int.self, forKey: .sequence))
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(Self.specversion, forKey: .specversion)
        try box.encode(id, forKey: .id)
        try box.encode(source, forKey: .source)
        try box.encode(type, forKey: .type)
        try box.encode(time, forKey: .time)
        try box.encode("application/json", forKey: .datacontenttype)
        try box.encodeIfPresent(traceparent, forKey: .traceparent)
        if let position {
            try box.encode(position.seat, forKey: .seat)
            try box.encode(position.call, forKey: .call)
            try box.encode(position.conversation, forKey: .conversation)
            try box.encode(position.epoch, forKey: .epoch)
            try box.encode(position.sequence, forKey: .sequence)
        }
        try box.encode(data, forKey: .data)
    }
}

/// The payload of a message whose content the reader does not look at: reads any `data`.
public struct AnyPayload: Codable, Sendable, Equatable {
    public init() {}
    public init(from decoder: any Decoder) throws {}
    public func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: NoKeys.self) }
    private enum NoKeys: CodingKey {}
}
