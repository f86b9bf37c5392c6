import TelephonyModel

/// Our side of one leg's audio over the life of its dialog: writes offers and answers, and reads those of the far side
/// (RFC 3264, RFC 8866). The version in o= grows by one with each change of what we say, and never else (RFC 3264 §8).
public struct AudioSession: Hashable, Codable, Sendable {
    /// IPv4 literal and RTP port where we receive.
    public let address: String
    public let port: UInt16
    /// Identifies the session in o=.
    public let id: UInt64
    public private(set) var version: UInt64 = 1
    /// All of our last description but its o= line.
    private var said: String?
    /// The m-lines, whose count and order stay for the dialog's life (RFC 3264 §8).
    private var slots = [Slot.audio]
    /// Our payload type for telephone-event; the far side's, once it offered one, since types keep their meaning.
    private var telephoneEvent: UInt8 = 101

    private enum Slot: Hashable, Codable, Sendable {
        case audio
        /// A stream of the far side that we do not take; its own words, sent back with port 0.
        case rejected(kind: String, transport: String, formats: [String])
    }

    /// - Parameter id: any number that no other session of this address has.
    public init(address: String, port: UInt16, id: UInt64) {
        (self.address, self.port, self.id) = (address, port, id)
    }

    /// PCMA, PCMU, telephone-event, 20 ms: all that we speak.
    public mutating func offer() -> String {
        let codecs: [(Codec, UInt8)] = [.pcma, .pcmu].map { ($0, $0.payloadType) }
        return write(stream(codecs, telephoneEvent, .sendrecv))
    }

    /// Our answer, and what the far side said of itself.
    public struct Answer: Hashable, Sendable {
        public var text: String
        public var far: FarAudio
    }

    /// Answers an offer with the first of its codecs that we speak. The same offer again gives the same answer.
    /// - Throws: why there is nothing to answer (a first INVITE gets 488); this session is as before then.
    public mutating func answer(_ offer: [UInt8]) throws(SDPError) -> Answer {
        let description = try SessionDescription(parsing: offer)
        let (chosen, far) = try description.firstAudio()
        slots = description.streams.enumerated().map { index, stream in
            guard index != chosen else { return .audio }
            return .rejected(kind: stream.kind, transport: stream.transport, formats: stream.formats)
        }
        telephoneEvent = far.dtmfPayloadType ?? telephoneEvent
        let codecs = [(far.codec, far.payloadType)]
        return Answer(text: write(stream(codecs, far.dtmfPayloadType, far.direction.mirrored)), far: far)
    }

    /// Reads the far side's answer to our last offer.
    /// - Throws: why the call cannot have audio.
    public func accept(_ answer: [UInt8]) throws(SDPError) -> FarAudio {
        let description = try SessionDescription(parsing: answer)
        guard description.streams.count == slots.count, let index = slots.firstIndex(of: .audio) else {
            throw .streamsDiffer(offered: slots.count, answered: description.streams.count)
        }
        return try description.audio(description.streams[index], implied: telephoneEvent)
    }

    private mutating func write(_ audio: String) -> String {
        let lines = "s=-\r\nc=IN IP4 \(address)\r\nt=0 0\r\n" + slots.map { line($0, audio) }.joined()
        if let said, said != lines { version += 1 }
        said = lines
        return origin + lines
    }

    private var origin: String { "v=0\r\no=- \(id) \(version) IN IP4 \(address)\r\n" }

    private func line(_ slot: Slot, _ audio: String) -> String {
        switch slot {
        case .audio: audio
        case .rejected(let kind, let transport, let formats):
            "m=\(kind) 0 \(transport) \(formats.joined(separator: " "))\r\n"
        }
    }

    private func stream(_ codecs: [(Codec, UInt8)], _ event: UInt8?, _ direction: StreamDirection) -> String {
        let types = codecs.map { "\($0.1)" } + (event.map { ["\($0)"] } ?? [])
        let maps = codecs.map { "a=rtpmap:\($0.1) \($0.0.rawValue)/8000\r\n" }.joined()
        // 0-15: the keys of RFC 4733 §3.2; 16 (flash) is none.
        let keys = event.map { "a=rtpmap:\($0) telephone-event/8000\r\na=fmtp:\($0) 0-15\r\n" } ?? ""
        return "m=audio \(port) RTP/AVP \(types.joined(separator: " "))\r\n" + maps + keys
            + "a=ptime:20\r\na=\(direction.rawValue)\r\n"
    }
}
