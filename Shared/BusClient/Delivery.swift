/// One message of a durable queue. It stays with the broker until `acknowledge` or `dead`; if neither comes before the
/// connection ends it comes again, `redelivered`. May be settled from any thread, once.
public struct Delivery: Sendable {
    public let exchange: String, key: String
    public let body: [UInt8]
    /// Whether the broker may have delivered it before.
    public let redelivered: Bool

    /// Reads the envelope.
    /// - Throws: `EnvelopeError` with the reason, if it is none.
    public func envelope() throws(EnvelopeError) -> Received { fatalError() }
    /// This one is done.
    public func acknowledge() {}
    /// To `rufbus.dead` with its reason; acknowledged when that is confirmed.
    public func dead(_ why: String) {}
}

/// Why bytes are no message of ours.
public struct EnvelopeError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
