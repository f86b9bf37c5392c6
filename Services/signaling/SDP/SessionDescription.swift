/// A session description (RFC 8866), as much of it as one audio stream needs; the rest is skipped.
public struct SessionDescription: Hashable, Sendable {
    /// What is read at most: a description beyond this is no phone's.
    public enum Limit {
        public static let bytes = 16_384
        public static let lines = 512
        public static let streams = 16
        public static let formats = 64
    }

    /// Where the side that wrote it wants to receive.
    public enum Connection: Hashable, Sendable {
        /// An IPv4 host, or 0.0.0.0.
        case ipv4(String)
        /// IPv6, a host name, multicast: nothing that our media can send to.
        case unusable
    }

    /// One m-line with its attributes.
    public struct Stream: Hashable, Sendable {
        public var kind: String
        public var port: UInt16
        public var transport: String
        public var formats: [String]
        public var connection: Connection?
        public var direction: StreamDirection?
        /// By payload type.
        public var maps: [UInt8: Mapping] = [:]
        /// Milliseconds of audio in a packet that its writer asks for.
        public var packetTime: Int?

        init(kind: String, port: UInt16, transport: String, formats: [String]) {
            (self.kind, self.port, self.transport, self.formats) = (kind, port, transport, formats)
        }
    }

    /// An rtpmap (RFC 8866 §6.6).
    public struct Mapping: Hashable, Sendable {
        /// In lower case: encoding names know no case.
        public var encoding: String
        /// In Hz.
        public var clock: Int
        public var channels: Int
    }

    public var connection: Connection?
    public var direction: StreamDirection?
    public var streams: [Stream] = []

    /// Reads a description; lines may end with CRLF or LF.
    /// - Throws: what is malformed, with its line. What we do not know is skipped, as RFC 8866 §5 asks for attributes.
    public init(parsing bytes: [UInt8]) throws(SDPError) {
        guard bytes.count <= Limit.bytes else { throw .tooLong(bytes: bytes.count) }
        var parser = SDPParser()
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            try parser.take(line)
        }
        self = try parser.end()
    }

    init() {}

    /// Where a stream's writer receives: its own c= line, else the session's.
    func connection(of stream: Stream) -> Connection? { stream.connection ?? connection }

    /// The stream's direction, c=0.0.0.0 taken into account; sendrecv if nothing is said (RFC 8866 §6.7).
    func direction(of stream: Stream) -> StreamDirection {
        let said = stream.direction ?? direction ?? .sendrecv
        return connection(of: stream) == .ipv4(IPv4.hold) ? said.deaf : said
    }
}
