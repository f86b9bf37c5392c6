import TelephonyModel

/// The far side of an audio stream, as offer and answer settled it (RFC 3264).
public struct FarAudio: Hashable, Codable, Sendable {
    /// IPv4 literal; "0.0.0.0" when it wants nothing to be sent.
    public var address: String
    public var port: UInt16
    public var codec: Codec
    /// Payload type that the far side wants for `codec`.
    public var payloadType: UInt8
    /// Payload type that it wants for telephone-event at 8000 Hz (RFC 4733); nil if it takes none.
    public var dtmfPayloadType: UInt8?
    /// What it does with the stream; never `sendrecv` or `recvonly` with address 0.0.0.0.
    public var direction: StreamDirection

    /// Reads the far side's offer, before there is a port of ours to answer it with (`AudioSession.answer`).
    /// - Throws: why nothing in it is for us: 488.
    public init(offered offer: [UInt8]) throws(SDPError) {
        self = try SessionDescription(parsing: offer).firstAudio().audio
    }

    init(
        address: String, port: UInt16, codec: Codec, payloadType: UInt8, dtmfPayloadType: UInt8?,
        direction: StreamDirection
    ) {
        (self.address, self.port, self.codec, self.payloadType) = (address, port, codec, payloadType)
        (self.dtmfPayloadType, self.direction) = (dtmfPayloadType, direction)
    }
}

/// What an m-line's formats hold for us.
struct AudioFormats {
    /// In the m-line's order.
    var codecs: [(codec: Codec, type: UInt8)] = []
    var telephoneEvent: UInt8?

    /// - Parameter implied: payload type that stands for telephone-event when it has no rtpmap: in an answer it is
    ///   that of our offer.
    init(_ stream: SessionDescription.Stream, implied: UInt8? = nil) {
        for format in stream.formats {
            guard let type = decimal(format.utf8, upTo: 127).map({ UInt8($0) }) else { continue }
            take(type, stream.maps[type], implied)
        }
    }

    private mutating func take(_ type: UInt8, _ map: SessionDescription.Mapping?, _ implied: UInt8?) {
        if let codec = Self.codec(type, map) {
            codecs.append((codec, type))
        } else if map.map({ $0.encoding == "telephone-event" && $0.clock == 8_000 }) ?? (type == implied) {
            telephoneEvent = telephoneEvent ?? type
        }
    }

    /// By rtpmap; payload types 0 and 8 also without one (RFC 3551 §6).
    private static func codec(_ type: UInt8, _ map: SessionDescription.Mapping?) -> Codec? {
        guard let map else { return Codec.allCases.first { $0.payloadType == type } }
        guard map.clock == 8_000, map.channels == 1 else { return nil }
        return Codec.allCases.first { $0.rawValue.lowercased() == map.encoding }
    }
}

extension SessionDescription {
    /// - Throws: why this stream is none that we can talk over.
    func audio(_ stream: Stream, implied: UInt8? = nil) throws(SDPError) -> FarAudio {
        guard stream.kind == "audio", stream.transport == "RTP/AVP" else { throw .noAudio }
        guard stream.port != 0 else { throw .declined }
        guard case .ipv4(let address) = connection(of: stream) else { throw .notIPv4 }
        let formats = AudioFormats(stream, implied: implied)
        guard let first = formats.codecs.first else { throw .noCommonCodec }
        return FarAudio(
            address: address, port: stream.port, codec: first.codec, payloadType: first.type,
            dtmfPayloadType: formats.telephoneEvent, direction: direction(of: stream))
    }

    /// The first stream that we can talk over.
    /// - Throws: what the first open audio stream lacks, or `.noAudio`.
    func firstAudio() throws(SDPError) -> (index: Int, audio: FarAudio) {
        var why = SDPError.noAudio
        for (index, stream) in streams.enumerated() {
            do throws(SDPError) { return (index, try audio(stream)) } catch {
                if why == .noAudio, error != .declined { why = error }
            }
        }
        throw why
    }
}
