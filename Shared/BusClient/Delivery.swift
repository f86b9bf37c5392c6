/// One message of a durable queue. It stays with the broker until `acknowledge` or `dead`; if neither comes before the
/// connection ends it comes again, `redelivered`. May be settled from any thread.
///
/// What has no envelope is sent to `rufbus.dead` by the bus itself and never gets here.
public struct Delivery: Sendable {
    let content: Content
    private let read: Result<Received, EnvelopeError>
    /// Whether the broker may have delivered it before.
    public let redelivered: Bool
    /// Counts the connections that this bus has had: what came over an earlier one cannot be settled any more, and
    /// comes again.
    public var connection: Int { mark.connection }
    let publisher: Publisher
    private let acknowledgements: Acknowledgements
    private let mark: Acknowledgements.Mark

    init(
        _ content: Content, _ redelivered: Bool, _ read: Result<Received, EnvelopeError>, _ publisher: Publisher,
        _ acknowledgements: Acknowledgements, _ mark: Acknowledgements.Mark
    ) {
        (self.content, self.redelivered, self.read) = (content, redelivered, read)
        (self.publisher, self.acknowledgements, self.mark) = (publisher, acknowledgements, mark)
    }

    public var exchange: String { content.exchange }
    public var key: String { content.key }
    public var body: [UInt8] { content.body }

    /// The envelope; read once, before the handler is called.
    /// - Throws: `EnvelopeError` with the reason, if it is none.
    public func envelope() throws(EnvelopeError) -> Received { try read.get() }

    /// This one is done.
    public func acknowledge() { acknowledgements.add(mark) }

    /// To `rufbus.dead` with its reason; acknowledged when the broker has it there.
    public func dead(_ why: String) {
        publisher.dead(content, why: why) { [acknowledgements, mark] isThere in
            if isThere { acknowledgements.add(mark) }
        }
    }
}

/// Why bytes are no message of ours.
public struct EnvelopeError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
