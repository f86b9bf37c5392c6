import BusContract
import TelephonyModel

/// One message with its CloudEvents envelope; the payload is decoded when asked for.
public struct Received: Sendable {
    /// Routing key.
    public let key: String
    public let type: String
    public let source: String
    public let id: String
    /// RFC 3339, the sender's clock.
    public let time: String
    public let position: CallPosition?
    let tape: JSONTape

    /// The whole message as it came.
    public var body: [UInt8] { tape.bytes }

    /// The payload as `P`; unknown fields are passed over.
    public func data<P: Codable & Sendable>(_ type: P.Type) throws -> P { try message(Envelope<P>.self).data }

    /// The whole message, envelope and all, as `M`.
    public func message<M: Decodable>(_ type: M.Type) throws -> M { try M(from: JSONStreamDecoder(tape)) }
}
