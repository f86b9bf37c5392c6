import BusContract
import Foundation
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
    /// The whole message as it came.
    public let body: [UInt8]

    /// The payload as `P`; unknown fields are passed over.
    public func data<P: Codable & Sendable>(_ type: P.Type) throws -> P {
        try JSONDecoder().decode(Envelope<P>.self, from: Data(body)).data
    }
}
