import CSofiaSIP

/// Why a TLS handshake with a target failed.
public struct HandshakeFailure: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The target's certificate is of no authority of ours, or broken.
        case untrusted
        case expired, notYetValid
        /// It does not bear the target's name.
        case otherName
        /// The target knows nothing newer than TLS 1.1.
        case oldVersion
        /// What the target says is not TLS.
        case noTLS
        /// The target does not take our certificate.
        case refusedUs
        case other
    }
    public var kind: Kind
    /// OpenSSL's.
    public var words: String
    /// The name that the target has in the directory; nil: it was looked for by its address.
    public var name: String?
    public init(_ kind: Kind, words: String, name: String?) {
        (self.kind, self.words, self.name) = (kind, words, name)
    }
}

extension HandshakeFailure.Kind {
    init?(_ raw: sofia_handshake) {
        switch raw {
        case SOFIA_HANDSHAKE_FINE: return nil
        case SOFIA_CERTIFICATE_UNTRUSTED: self = .untrusted
        case SOFIA_CERTIFICATE_EXPIRED: self = .expired
        case SOFIA_CERTIFICATE_NOT_YET_VALID: self = .notYetValid
        case SOFIA_CERTIFICATE_OF_ANOTHER: self = .otherName
        case SOFIA_VERSION_TOO_OLD: self = .oldVersion
        case SOFIA_NO_TLS: self = .noTLS
        case SOFIA_OWN_CERTIFICATE_REFUSED: self = .refusedUs
        default: self = .other
        }
    }
}

extension SIPStack {
    /// What a request of ours to this target failed by, if it was its TLS handshake.
    func takeHandshakeFailure(_ target: SIPTarget) -> HandshakeFailure? {
        guard target.transport == .tls else { return nil }
        var raw = SOFIA_HANDSHAKE_FINE
        let words = String(unsafeUninitializedCapacity: 96) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                raw = target.address.withCString {
                    sofia_take_handshake(stack, $0, target.port, text.baseAddress, text.count)
                }
                return raw == SOFIA_HANDSHAKE_FINE ? 0 : text.firstIndex(of: 0) ?? 0
            }
        }
        return HandshakeFailure.Kind(raw).map { HandshakeFailure($0, words: words, name: target.serverName) }
    }
}
