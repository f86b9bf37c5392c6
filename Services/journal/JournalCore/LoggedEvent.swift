import BusContract
import TelephonyModel

/// An event as the journal reads it: the envelope strictly, the payload as far as this version knows it.
public struct LoggedEvent: Decodable, Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// Any `call.*`, also one of a newer version: each carries the whole state.
        case call(CallFacts)
        /// `leg.answered`, `leg.ended`.
        case leg(LegFact)
        /// `media.ended`.
        case media(MediaFact)
        /// `leg.message`, `media.opened`, `media.joined`, probes: for ladders and checks, nobody's record.
        case transient
        /// An unknown type, or one whose payload this version cannot read.
        case other
    }
    public let source: String, id: String, type: String
    /// RFC 3339, the sender's clock.
    public let time: String
    public let position: CallPosition?
    public let content: Content

    public init(
        source: String, id: String, type: String, time: String, position: CallPosition?, content: Content
    ) {
        (self.source, self.id, self.type) = (source, id, type)
        (self.time, self.position, self.content) = (time, position, content)
    }

    /// - Throws: `DecodingError` if this is not JSON, or no envelope of ours.
    public init(from decoder: any Decoder) throws {
        let envelope = try Envelope<AnyPayload>(from: decoder)
        for text in [envelope.source, envelope.id, envelope.type, envelope.time] {
            // What is longer fits no index of a database; U+0000 fits no text of one.
            guard (1...Self.longest).contains(text.utf8.count), !text.utf8.contains(0) else {
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: decoder.codingPath,
                        debugDescription:
                            "source, id, type and time must have 1 to \(Self.longest) bytes, none of them 0"
                    ))
            }
        }
        (source, id, type) = (envelope.source, envelope.id, envelope.type)
        (time, position) = (envelope.time, envelope.position)
        content = Self.content(type, try decoder.container(keyedBy: Key.self))
    }

    /// Whether it says something about its call; `journal.*` does not, nor does what stands at no place of a call.
    public var concernsCall: Bool {
        guard let position, Self.places.contains(position.epoch), Self.places.contains(position.sequence) else {
            return false
        }
        return switch content {
        case .call, .leg, .media: true
        case .transient: false
        case .other: countsForCall
        }
    }

    /// Whether its sequence is one of the call's own count; that of `media.*` is not.
    public var countsForCall: Bool { ["rufbus.call.", "rufbus.leg."].contains { type.hasPrefix($0) } }

    /// Epochs and sequences that can be counted with; an owner begins with 1.
    private static let places = 0...Int(Int32.max)

    private static let longest = 200
    private enum Key: String, CodingKey { case data }
    private static let transients: Set = [
        LegWhat.message.type, MediaWhat.opened.type, MediaWhat.joined.type, Probe.type,
    ]

    private static func content(_ type: String, _ box: KeyedDecodingContainer<Key>) -> Content {
        if transients.contains(type) { return .transient }
        if type.hasPrefix("rufbus.call."), let facts = box.lenient(CallFacts.self, .data) { return .call(facts) }
        if type == LegWhat.answered.type || type == LegWhat.ended.type, let leg = box.lenient(LegFact.self, .data) {
            return .leg(leg)
        }
        if type == MediaWhat.ended.type, let media = box.lenient(MediaFact.self, .data) { return .media(media) }
        return .other
    }
}
