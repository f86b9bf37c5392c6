import CRabbitMQ

// What went wrong on a link, in sentences that name the setting to mend.
extension Link {
    /// Throws if the last call that waits for the broker's word failed. `doing`: "declaring queue …".
    func check(_ doing: String) throws(BusError) {
        let reply = amqp_get_rpc_reply(state)
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
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
                "the broker forbids user \"\(url.user)\" \(doing): \(text); "
                    + "its rights must be those of deploy/broker/definitions.json")
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
        case AMQP_RESPONSE_LIBRARY_EXCEPTION where Self.noAMQP.contains(reply.library_error):
            return BusError(
                .protocolMismatch, "bus.url: what answers at \(url.place) is no AMQP 0-9-1 broker; is the port right?")
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: return lost(reply.library_error)
        default: return BusError(.lost, "the broker at \(url.place) closed the connection at login")
        }
    }

    /// What librabbitmq says when the other side does not speak AMQP, or says nothing.
    private static let noAMQP = [
        AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION.rawValue, AMQP_STATUS_BAD_AMQP_DATA.rawValue,
        AMQP_STATUS_TIMEOUT.rawValue, AMQP_STATUS_CONNECTION_CLOSED.rawValue,
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
