import CSofiaSIP

/// TLS for SIP (RFC 3261 §26.3.1): 1.2 or newer. Whom we connect to must always show a certificate that `authority` or
/// one below it has signed and that names the target.
public struct SIPTLS: Sendable, Hashable {
    public var port: UInt16
    /// PEM file of our certificate. The first in it is sent, no chain: `authority` of the far side must have signed it.
    public var certificate: String
    /// PEM file of its key, not encrypted.
    public var key: String
    /// PEM file of the authorities that may have signed the far sides' certificates.
    public var authority: String
    /// Whether those who connect to us must show a certificate, too.
    public var asksClients: Bool

    public init(port: UInt16, certificate: String, key: String, authority: String, asksClients: Bool = true) {
        (self.port, self.certificate, self.key) = (port, certificate, key)
        (self.authority, self.asksClients) = (authority, asksClients)
    }

    /// A file that cannot be used.
    public struct Mistake: Error, Sendable, Hashable {
        public enum File: Sendable { case certificate, key, authority }
        public var file: File
        /// What is wrong with it, in OpenSSL's words.
        public var reason: String
    }

    /// Reads the files and says what is wrong with the first that is wrong.
    public func check() throws(Mistake) {
        var wrong = SOFIA_TLS_SOUND
        let reason = withRaw { raw in
            String(unsafeUninitializedCapacity: 256) { buffer in
                buffer.withMemoryRebound(to: CChar.self) { text in
                    wrong = sofia_check_tls(&raw, text.baseAddress, 256)
                    return wrong == SOFIA_TLS_SOUND ? 0 : text.firstIndex(of: 0) ?? 0
                }
            }
        }
        switch wrong {
        case SOFIA_TLS_CERTIFICATE: throw Mistake(file: .certificate, reason: reason)
        case SOFIA_TLS_KEY: throw Mistake(file: .key, reason: reason)
        case SOFIA_TLS_AUTHORITY: throw Mistake(file: .authority, reason: reason)
        default: return
        }
    }

    func withRaw<Result>(_ body: (inout sofia_tls) -> Result) -> Result {
        withTexts([certificate, key, authority]) { texts in
            var raw = sofia_tls(
                port: port, certificate: texts[0], key: texts[1], authority: texts[2], asks_clients: asksClients)
            return body(&raw)
        }
    }
}
