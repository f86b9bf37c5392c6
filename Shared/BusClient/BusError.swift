/// What the bus or the way to it refuses. `message` is a sentence that names the setting to mend.
public struct BusError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// `bus.url` cannot be read.
        case badURL
        /// Nobody answers at this host and port.
        case unreachable
        /// Somebody answers, but not with AMQP 0-9-1.
        case protocolMismatch
        /// A broker older than RabbitMQ 3.10.
        case outdated
        /// User or password are wrong.
        case login
        case missingVirtualHost
        /// The user may not do what this service does.
        case forbidden
        /// A queue or exchange exists with other arguments.
        case mismatch
        /// Our own queue is still held by a connection of an earlier process.
        case locked
        /// A durable queue that this service feeds gets none of its messages.
        case notRouted
        /// The connection was lost, or no confirm came.
        case lost
        /// The payload is no JSON, or the key too long.
        case unencodable
        /// The folder or file of `bus.outbox` cannot be used, or has no room.
        case outbox
        /// Certificates, keys or names do not let a connection with TLS stand.
        case tls
        /// `close` was called, or `open` was not.
        case closed
    }
    public let kind: Kind
    public let message: String
    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
    public var description: String { message }
    static let closed = BusError(.closed, "the bus is closed")
}
