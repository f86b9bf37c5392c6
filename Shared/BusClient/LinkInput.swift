import CRabbitMQ
import Foundation

/// What the broker says on a link.
enum Incoming {
    case delivered(Content, tag: UInt64, consumer: String, redelivered: Bool)
    case returned(Content)
    /// Publisher confirms; `multiple`: all up to this tag.
    case confirmed(tag: UInt64, multiple: Bool)
    case refused(tag: UInt64, multiple: Bool)
    case blocked(String)
    case unblocked
}

/// A message as it came.
struct Content: Sendable {
    var exchange: String
    var key: String
    var type: String?
    var messageID: String?
    var correlationID: String?
    var replyTo: String?
    var body: [UInt8] = []
}

/// A message whose frames are arriving: method, header, bodies.
struct PartialMessage {
    enum Method { case deliver(tag: UInt64, consumer: String, redelivered: Bool), returned }
    let method: Method
    var content: Content
    var missing: UInt64?
}

extension Link {
    /// The next complete thing that the broker said; nil when there is no more for now. Never waits. The first call,
    /// and the first after nil, looks at the socket, once; the others go through what came with that: a system call
    /// that only finds an empty socket costs more than the message. Also sends and checks heartbeats.
    /// - Throws: `.lost` when the connection is gone, or what the broker says that we may not do.
    func next() throws(BusError) -> Incoming? {
        var frame = amqp_frame_t()
        var now = timeval()
        if !hasLooked, hasInput { heardAt = Clock.now() }
        while !hasLooked || amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0 {
            hasLooked = true
            let status = amqp_simple_wait_frame_noblock(state, &frame, &now)
            if status == AMQP_STATUS_TIMEOUT.rawValue { break }
            guard status == AMQP_STATUS_OK.rawValue else { throw lost(status) }
            let incoming = try take(frame)
            if partial == nil { amqp_maybe_release_buffers(state) }
            if let incoming { return incoming }
        }
        hasLooked = false
        return nil
    }

    private var hasInput: Bool {
        var socket = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&socket, 1, 0) > 0
    }

    private func take(_ frame: amqp_frame_t) throws(BusError) -> Incoming? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try take(frame.payload.method)
        case AMQP_FRAME_HEADER: return takeHeader(frame)
        case AMQP_FRAME_BODY: return takeBody(frame.payload.body_fragment)
        default: return nil
        }
    }

    private func take(_ method: amqp_method_t) throws(BusError) -> Incoming? {
        switch method.id {
        case AMQP_BASIC_ACK_METHOD:
            let ack = method.read(amqp_basic_ack_t.self)
            return .confirmed(tag: ack.delivery_tag, multiple: ack.multiple != 0)
        case AMQP_BASIC_NACK_METHOD:
            let nack = method.read(amqp_basic_nack_t.self)
            return .refused(tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case AMQP_BASIC_DELIVER_METHOD:
            partial = PartialMessage(method.read(amqp_basic_deliver_t.self))
            return nil
        case AMQP_BASIC_RETURN_METHOD:
            partial = PartialMessage(method.read(amqp_basic_return_t.self))
            return nil
        case AMQP_CONNECTION_BLOCKED_METHOD: return .blocked(String(method.read(amqp_connection_blocked_t.self).reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
        case AMQP_CHANNEL_CLOSE_METHOD, AMQP_CONNECTION_CLOSE_METHOD: throw ended(by: method)
        case AMQP_BASIC_CANCEL_METHOD:
            let queue = String(method.read(amqp_basic_cancel_t.self).consumer_tag)
            throw BusError(.lost, "the broker took queue \"\(queue)\" away from its reader")
        default: return nil
        }
    }

    private func takeHeader(_ frame: amqp_frame_t) -> Incoming? {
        guard partial != nil, let decoded = frame.payload.properties.decoded else { return nil }
        let properties = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
        partial?.content.read(properties)
        partial?.missing = frame.payload.properties.body_size
        partial?.content.body.reserveCapacity(Int(frame.payload.properties.body_size))
        return finished()
    }

    private func takeBody(_ bytes: amqp_bytes_t) -> Incoming? {
        partial?.content.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len))
        partial?.missing? -= UInt64(bytes.len)
        return finished()
    }

    private func finished() -> Incoming? {
        guard let message = partial, message.missing == 0 else { return nil }
        partial = nil
        switch message.method {
        case .deliver(let tag, let consumer, let redelivered):
            return .delivered(message.content, tag: tag, consumer: consumer, redelivered: redelivered)
        case .returned: return .returned(message.content)
        }
    }
}

extension amqp_method_t {
    /// The method's fields; its `id` says that they are of this type.
    fileprivate func read<M>(_ type: M.Type) -> M {
        guard let decoded else { preconditionFailure("a decoded method without fields") }
        return decoded.assumingMemoryBound(to: M.self).pointee
    }
}

extension PartialMessage {
    fileprivate init(_ deliver: amqp_basic_deliver_t) {
        method = .deliver(
            tag: deliver.delivery_tag, consumer: String(deliver.consumer_tag), redelivered: deliver.redelivered != 0)
        content = Content(exchange: String(deliver.exchange), key: String(deliver.routing_key))
    }

    fileprivate init(_ back: amqp_basic_return_t) {
        method = .returned
        content = Content(exchange: String(back.exchange), key: String(back.routing_key))
    }
}

extension Content {
    fileprivate mutating func read(_ properties: amqp_basic_properties_t) {
        func text(_ bytes: amqp_bytes_t, _ flag: Int32) -> String? {
            properties._flags & UInt32(flag) == 0 ? nil : String(bytes)
        }
        type = text(properties.type, AMQP_BASIC_TYPE_FLAG)
        messageID = text(properties.message_id, AMQP_BASIC_MESSAGE_ID_FLAG)
        correlationID = text(properties.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG)
        replyTo = text(properties.reply_to, AMQP_BASIC_REPLY_TO_FLAG)
    }
}
