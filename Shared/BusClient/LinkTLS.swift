import CRabbitMQ

/// Where OpenSSL writes what is wrong with the broker's certificate, during one attempt to connect.
final class LinkCertificate {
    fileprivate let place: UnsafeMutablePointer<Int32>
    init() {
        place = .allocate(capacity: 1)
        place.initialize(to: 0)
    }
    deinit { place.deallocate() }

    /// The first thing (X509_V_…); 0: nothing.
    var problem: Int32 { place.pointee }
}

// TLS on a link: what is checked, and in words what stood in the way.
extension Link {
    /// Before the socket is opened. `certificate` must live until it is.
    func prepare(_ socket: OpaquePointer, _ tls: BusSettings.TLS, _ certificate: LinkCertificate) throws(BusError) {
        guard (tls.certificate == nil) == (tls.key == nil) else {
            throw BusError(.tls, "bus.tls.certificate and bus.tls.key belong together: set both or none")
        }
        guard rufbus_tls_check(socket, url.host, certificate.place) == 1 else { throw BusError(.lost, "out of memory") }
        guard rufbus_tls_trust(socket, tls.authorities) == 1 else {
            throw BusError(
                .tls,
                "bus.tls.ca: \(tls.authorities ?? "the system's list") holds no certificate that can be read "
                    + "(\(openSSLText)); it must be a PEM file")
        }
        guard let own = tls.certificate, let key = tls.key else { return }
        guard rufbus_tls_certificate(socket, own) == 1 else {
            throw BusError(.tls, "bus.tls.certificate: \(own) cannot be read as PEM (\(openSSLText))")
        }
        guard rufbus_tls_key(socket, key) == 1 else {
            throw BusError(
                .tls,
                "bus.tls.key: \(key) is no PEM key without a password, or not that of bus.tls.certificate "
                    + "(\(openSSLText))")
        }
    }

    /// - Parameter certificate: X509_V_…, or 0 if that was not it.
    func tlsFailure(certificate: Int32) -> BusError {
        BusError(.tls, certificate == 0 ? handshakeProblem : certificateProblem(certificate))
    }

    /// The broker ended the connection after the handshake, perhaps faster than it could say why.
    var tlsLoginFailure: BusError {
        rufbus_tls_reason() == 0 ? BusError(.tls, certificateWanted) : tlsFailure(certificate: 0)
    }

    private var certificateWanted: String {
        "bus.tls.certificate: the broker at \(url.place) wants a certificate that it trusts (\(openSSLText))"
    }

    private func certificateProblem(_ code: Int32) -> String {
        let subject = "bus.url: the certificate of the broker at \(url.place)"
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
            return "\(subject) is not valid now (\(text(ofCertificate: code))): renew it, or set this machine's clock"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "\(subject) is not for \"\(url.host)\": name the host as the certificate does"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "bus.tls.ca: nobody who is trusted here has signed the certificate of the broker at \(url.place): "
                + "name the file with its authority"
        default: return "\(subject) is not accepted: \(text(ofCertificate: code))"
        }
    }

    private func text(ofCertificate code: Int32) -> String { String(cString: X509_verify_cert_error_string(Int(code))) }

    private var handshakeProblem: String {
        switch rufbus_tls_reason() {
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_UNEXPECTED_EOF_WHILE_READING, SSL_R_PACKET_LENGTH_TOO_LONG:
            return "bus.url: what answers at \(url.place) does not speak TLS: take the broker's port for TLS (5671), "
                + "or amqp://"
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, SSL_R_TLSV1_ALERT_UNKNOWN_CA,
            SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
            SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, SSL_R_TLSV1_ALERT_ACCESS_DENIED:
            return certificateWanted
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_UNSUPPORTED_PROTOCOL:
            return "bus.url: the broker at \(url.place) offers no TLS 1.2 or newer"
        default: return "bus.url: no TLS with what answers at \(url.place) (\(openSSLText))"
        }
    }

    private var openSSLText: String {
        var text = [CChar](repeating: 0, count: 256)
        rufbus_tls_text(&text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
