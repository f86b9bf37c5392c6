import CRabbitMQ

// What went wrong on a link, in sentences that name the setting to mend.
extension Link {
    /// Throws if the last call that waits for the broker's word failed. `doing`: "declaring queue …".
    func check(_ doing: String) throws(BusError) {
        let reply = amqp_get_rpc_reply(state)
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: heardAt = Clock.now()
        case AMQP_RESPONSE_SERVER_EXCEPTION: throw refused(reply.reply, doing)
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: throw lost(reply.library_error)
        default: throw BusError(.lost, "the broker at \(url.place) closed the connection while \(doing)")
        }
    }

    func lost(_ status: Int32) -> BusError {
        BusError(.lost, "the connection to the broker at \(url.place) is lost (\(text(of: status)))")
    }

    func text(of status: Int32) -> String { String(cString: amqp_error_string2(status)) }

    /// A channel or connection that the broker closed, by the reply code of AMQP 0-9-1 §1.3.
    func refused(_ method: amqp_method_t, _ doing: String) -> BusError {
        let (code, text) = closeReason(method)
        switch code {
        case 403:
            return BusError(
                .forbidden,
                "bus.url: the broker forbids user \"\(url.user)\" \(doing): \(text); "
                    + "each service has a user of its own, with the rights of deploy/broker/definitions.json")
        case 404: return BusError(.mismatch, "\(doing) failed: \(text); load deploy/broker/definitions.json")
        case 405:
            return BusError(.locked, "\(doing) failed: another connection holds it (\(text)); is this instance up?")
        case 406:
            return BusError(
                .mismatch,
                "\(doing) failed: the broker has it with other arguments (\(text)); delete the old one or load "
                    + "deploy/broker/definitions.json")
        default:
            return BusError(.lost, "the broker at \(url.place) ended the connection while \(doing): \(code) \(text)")
        }
    }

    /// A running channel or connection that the broker closed.
    func ended(by method: amqp_method_t) -> BusError {
        let (code, text) = closeReason(method)
        if code == 403 { return refused(method, "publishing or reading") }
        return BusError(.lost, "the broker at \(url.place) ended the connection: \(code) \(text)")
    }

    private func closeReason(_ method: amqp_method_t) -> (code: UInt16, text: String) {
        if method.id == AMQP_CHANNEL_CLOSE_METHOD, let close = method.decoded {
            let close = close.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
            return (close.reply_code, String(close.reply_text))
        }
        if method.id == AMQP_CONNECTION_CLOSE_METHOD, let close = method.decoded {
            let close = close.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            return (close.reply_code, String(close.reply_text))
        }
        return (0, "method \(method.id)")
    }

    /// Nil when the login succeeded.
    func loginFailure(_ reply: amqp_rpc_reply_t) -> BusError? {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return nil
        case AMQP_RESPONSE_SERVER_EXCEPTION: return loginRefused(reply.reply)
        case AMQP_RESPONSE_LIBRARY_EXCEPTION where url.tls != nil && Self.tlsEnds.contains(reply.library_error):
            return tlsLoginFailure
        case AMQP_RESPONSE_LIBRARY_EXCEPTION where reply.library_error == AMQP_STATUS_TIMEOUT.rawValue:
            return BusError(.protocolMismatch, "bus.url: what answers at \(url.place) \(silent)")
        case AMQP_RESPONSE_LIBRARY_EXCEPTION where Self.noAMQP.contains(reply.library_error):
            return BusError(.protocolMismatch, "bus.url: what answers at \(url.place) \(stranger)")
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: return lost(reply.library_error)
        default: return BusError(.lost, "the broker at \(url.place) closed the connection at login")
        }
    }

    private var silent: String {
        "takes the connection and says nothing for \(Self.callLimitMs / 1_000) s: "
            + "is the port right, is the broker well?"
    }

    private var stranger: String {
        "does not speak AMQP 0-9-1: is the port right"
            + (url.tls == nil ? ", and does it want TLS (amqps://)?" : "?")
            + " A broker with AMQP 1.0 alone will not do."
    }

    /// After our half of the handshake the broker looks at our certificate, and ends the connection.
    private static let tlsEnds = [AMQP_STATUS_SSL_ERROR.rawValue, AMQP_STATUS_SOCKET_ERROR.rawValue]

    /// No connection stands.
    /// - Parameter certificate: the first thing that was wrong with the broker's certificate (X509_V_…), or 0.
    func unreachable(_ status: Int32, _ certificate: Int32) -> BusError {
        switch status {
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED.rawValue:
            BusError(.unreachable, "bus.url: the host name \"\(url.host)\" is not known here")
        case AMQP_STATUS_SSL_ERROR.rawValue, AMQP_STATUS_SSL_CONNECTION_FAILED.rawValue,
            AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue:
            tlsFailure(certificate: certificate)
        default: BusError(.unreachable, "bus.url: no broker answers at \(url.place) (\(text(of: status)))")
        }
    }

    /// What librabbitmq says when the other side does not speak AMQP.
    private static let noAMQP = [
        AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION.rawValue, AMQP_STATUS_BAD_AMQP_DATA.rawValue,
        AMQP_STATUS_CONNECTION_CLOSED.rawValue, AMQP_STATUS_SOCKET_ERROR.rawValue,
        AMQP_STATUS_WRONG_METHOD.rawValue,
    ]

    /// 403: wrong password. 530: the virtual host is unknown, or not for this user (RabbitMQ's own texts).
    private func loginRefused(_ method: amqp_method_t) -> BusError {
        let (code, text) = closeReason(method)
        if code == 403 {
            return BusError(.login, "bus.url: the broker at \(url.place) refuses user \"\(url.user)\" or his password")
        }
        if code == 530, text.contains("not found") {
            return BusError(
                .missingVirtualHost,
                "bus.url: the broker at \(url.place) has no virtual host \"\(url.virtualHost)\"; "
                    + "create it or load deploy/broker/definitions.json")
        }
        if code == 530 {
            return BusError(
                .forbidden, "bus.url: user \"\(url.user)\" may not use virtual host \"\(url.virtualHost)\" (\(text))")
        }
        return BusError(.login, "bus.url: the broker at \(url.place) refuses the login: \(code) \(text)")
    }
}

extension String {
    /// Copies what librabbitmq lends.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}
