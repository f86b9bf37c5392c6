/// One message of an exchange as it came, whether or not it can be read.
public struct Overheard: Sendable {
    public let exchange: String
    /// Routing key.
    public let key: String
    /// The bytes as they came.
    public let body: [UInt8]
    private let content: Content

    init(_ content: Content) {
        (exchange, key, body, self.content) = (content.exchange, content.key, content.body, content)
    }

    /// Its envelope; nil if it has none.
    public var envelope: Received? {
        switch EnvelopeReader.read(content) {
        case .success(let received): received
        case .failure: nil
        }
    }
}
