import BusContract

/// JSON of the bus, in and out.
enum EnvelopeReader {
    /// Reads all but the payload. An error says in words why the bytes are no message.
    static func read(_ content: Content) -> Result<Received, EnvelopeError> {
        explained { () throws in
            let tape = try JSONTape(content.body)
            let envelope = try Envelope<AnyPayload>(from: JSONStreamDecoder(tape))
            return Received(
                key: content.key, type: envelope.type, source: envelope.source, id: envelope.id, time: envelope.time,
                position: envelope.position, tape: tape)
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, _ body: [UInt8]) -> Result<T, EnvelopeError> {
        explained { () throws in try JSONStreamDecoder.decode(type, body) }
    }

    private static func explained<T>(_ read: () throws -> T) -> Result<T, EnvelopeError> {
        do { return .success(try read()) } catch let error as DecodingError {
            return .failure(EnvelopeError(sentence(error)))
        } catch {
            return .failure(EnvelopeError("cannot be read: \(error)"))
        }
    }

    static func encode<P: Codable & Sendable>(_ envelope: Envelope<P>) throws -> [UInt8] {
        try JSONStreamEncoder.encode(envelope)
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\"\(path(context.codingPath + [key]))\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\"\(path(context.codingPath))\": \(context.debugDescription)"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "not JSON"
        case .dataCorrupted(let context): "\"\(path(context.codingPath))\": \(context.debugDescription)"
        @unknown default: "cannot be read"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
}
