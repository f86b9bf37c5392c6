/// Why a session description cannot be used; each says what to look at.
public enum SDPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Sizes (`SessionDescription.Limit`).
    case tooLong(bytes: Int)
    case tooManyLines, tooManyStreams, tooManyFormats
    /// Number of the line, from 1.
    case badLine(Int, expected: String)
    case empty
    /// Well formed, but nothing in it for us: the caller answers 488.
    case noAudio, notIPv4, noCommonCodec, declined
    /// RFC 3264 §6: as many m-lines as the offer had.
    case streamsDiffer(offered: Int, answered: Int)

    public var description: String {
        switch self {
        case .tooLong(let bytes): "SDP has \(bytes) bytes, at most \(SessionDescription.Limit.bytes) are read."
        case .tooManyLines: "SDP has more than \(SessionDescription.Limit.lines) lines."
        case .tooManyStreams: "SDP has more than \(SessionDescription.Limit.streams) m-lines."
        case .tooManyFormats: "An m-line of the SDP has more than \(SessionDescription.Limit.formats) formats."
        case .badLine(let line, let expected): "SDP line \(line) is malformed: expected \(expected)."
        case .empty: "SDP is empty: it must begin with v=0."
        case .noAudio: "SDP has no open audio stream over RTP/AVP."
        case .notIPv4: "The audio stream's c= line must be an IPv4 unicast address."
        case .noCommonCodec: "The audio stream has neither PCMA nor PCMU at 8000 Hz."
        case .declined: "The far side declined the audio stream (port 0)."
        case .streamsDiffer(let offered, let answered):
            "The answer has \(answered) m-lines, the offer had \(offered): both must have the same."
        }
    }
}
