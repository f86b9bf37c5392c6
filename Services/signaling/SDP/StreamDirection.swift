/// Direction of a stream (RFC 8866 §6.7), seen from the side that wrote it.
public enum StreamDirection: String, Codable, Sendable, CaseIterable {
    case sendrecv, sendonly, recvonly, inactive

    /// The matching direction in an answer (RFC 3264 §6.1).
    public var mirrored: StreamDirection {
        switch self {
        case .sendrecv, .inactive: self
        case .sendonly: .recvonly
        case .recvonly: .sendonly
        }
    }

    /// Whether the side that wrote it wants to receive.
    public var receives: Bool { self == .sendrecv || self == .recvonly }

    /// The same without receiving: what c=0.0.0.0 says (RFC 3264 §8.4).
    var deaf: StreamDirection {
        switch self {
        case .sendrecv, .sendonly: .sendonly
        case .recvonly, .inactive: .inactive
        }
    }
}
