import BusContract
import CRabbitMQ
import Foundation

/// One librabbitmq connection with one channel. librabbitmq is not thread-safe: a link is made, used and ended on one
/// thread, and is not Sendable.
final class Link {
    /// Seconds; two missed end the connection. Served by `next`, which is to be called at least every second.
    static let heartbeat: Int32 = 2
    /// No call into librabbitmq waits longer than this, but a name's look-up.
    static let callLimitMs = 5_000

    let url: BrokerURL
    let state: amqp_connection_state_t
    private(set) var descriptor: Int32 = -1
    /// The message whose frames are arriving.
    var partial: PartialMessage?
    /// Whether `next` has read the socket since it last answered nil.
    var hasLooked = false
    /// When the broker last answered, or `next` found something on the socket; heartbeats come every second.
    var heardAt = Clock.now()

    /// Connects, logs in and opens the channel. `name` is what the broker's lists show.
    init(_ url: BrokerURL, name: String) throws(BusError) {
        guard let state = amqp_new_connection() else { throw BusError(.lost, "out of memory") }
        (self.url, self.state) = (url, state)
        try connect()
        try logIn(name)
        try checkVersion()
        amqp_channel_open(state, 1)
        try check("opening a channel")
    }

    deinit { amqp_destroy_connection(state) }

    /// An orderly end; the connection is gone afterwards in any case.
    func close() { _ = amqp_connection_close(state, AMQP_REPLY_SUCCESS) }

    private func connect() throws(BusError) {
        var limit = timeval(tv_sec: Self.callLimitMs / 1_000, tv_usec: 0)
        amqp_set_handshake_timeout(state, &limit)
        amqp_set_rpc_timeout(state, &limit)
        let certificate = LinkCertificate()
        let socket = url.tls == nil ? amqp_tcp_socket_new(state) : amqp_ssl_socket_new(state)
        guard let socket else { throw BusError(.lost, "out of memory") }
        if let tls = url.tls { try prepare(socket, tls, certificate) }
        let status = amqp_socket_open_noblock(socket, url.host, Int32(url.port), &limit)
        guard status == AMQP_STATUS_OK.rawValue else { throw unreachable(status, certificate.problem) }
        descriptor = amqp_get_sockfd(state)
        // Ignored on purpose: only an old kernel refuses it, and heartbeats still find a dead peer.
        _ = rufbus_limit_sending(descriptor, UInt32(Self.callLimitMs))
    }

    private func logIn(_ name: String) throws(BusError) {
        let reply = rufbus_login(state, url.virtualHost, Self.heartbeat, url.user, url.password, name)
        if let failure = loginFailure(reply) { throw failure }
    }

    // MARK: Declarations; each waits for the broker's word

    func declareExchange(_ name: String, passive: Bool) throws(BusError) {
        rufbus_exchange_declare(state, name, passive ? 1 : 0)
        try check("declaring exchange \"\(name)\"")
    }

    func declareQueue(_ name: String, durable: Bool, arguments: [String: Topology.Argument]) throws(BusError) {
        let list = ArgumentList(arguments)
        rufbus_queue_declare(state, name, durable ? 1 : 0, list.pointer, Int32(list.count))
        try check("declaring queue \"\(name)\"")
    }

    func bind(_ queue: String, to exchange: String, key: String) throws(BusError) {
        rufbus_bind(state, queue, exchange, key)
        try check("binding queue \"\(queue)\" to \"\(exchange)\" with key \"\(key)\"")
    }

    func consume(_ queue: String, prefetch: Int?) throws(BusError) {
        if let prefetch {
            amqp_basic_qos(state, 1, 0, UInt16(clamping: prefetch), 0)
            try check("setting the prefetch of queue \"\(queue)\"")
        }
        rufbus_consume(state, queue, prefetch == nil ? 0 : 1)
        try check("reading queue \"\(queue)\"")
    }

    func selectConfirms() throws(BusError) {
        amqp_confirm_select(state, 1)
        try check("switching publisher confirms on")
    }

    // MARK: Messages

    /// How long the broker may be silent when something is to be sent: less than librabbitmq's own two heartbeats,
    /// after which its publishing reads the socket first, without a limit of time (0.11), and a dead peer never
    /// answers.
    static let silence = UInt64.milliseconds(3_500)

    func publish(_ message: Outgoing) throws(BusError) {
        guard Clock.now() < heardAt + Self.silence else {
            throw BusError(.lost, "the broker at \(url.place) has been silent for \(Self.silence / 1_000_000) ms")
        }
        let status = message.withProperties { properties in
            message.body.withUnsafeBytes { rufbus_publish(state, properties, $0.baseAddress, $0.count) }
        }
        try sent(status)
    }

    /// Sends messages as one piece: otherwise each wakes the broker for itself.
    func publish(_ messages: [Outgoing]) throws(BusError) {
        if messages.count > 1 { rufbus_cork(descriptor, 1) }
        defer { if messages.count > 1 { rufbus_cork(descriptor, 0) } }
        for message in messages { try publish(message) }
    }

    func acknowledge(_ tag: UInt64, multiple: Bool) throws(BusError) {
        try sent(amqp_basic_ack(state, 1, tag, multiple ? 1 : 0))
    }

    private func sent(_ status: Int32) throws(BusError) {
        guard status == AMQP_STATUS_OK.rawValue else { throw lost(status) }
    }
}

/// Arguments of a declaration in C's form, for as long as this lives.
private final class ArgumentList {
    let pointer: UnsafeMutablePointer<rufbus_argument>
    let count: Int

    init(_ arguments: [String: Topology.Argument]) {
        precondition(arguments.count <= RUFBUS_ARGUMENTS, "more arguments than the shim takes")
        count = arguments.count
        pointer = .allocate(capacity: max(count, 1))
        for (index, (key, value)) in arguments.enumerated() {
            (pointer + index).initialize(to: Self.entry(key, value))
        }
    }

    deinit {
        for index in 0..<count {
            free(UnsafeMutablePointer(mutating: pointer[index].key))
            free(UnsafeMutablePointer(mutating: pointer[index].text))
        }
        pointer.deallocate()
    }

    private static func entry(_ key: String, _ value: Topology.Argument) -> rufbus_argument {
        switch value {
        case .text(let text): .init(key: strdup(key), kind: RUFBUS_TEXT, text: strdup(text), number: 0)
        case .number(let number): .init(key: strdup(key), kind: RUFBUS_NUMBER, text: nil, number: Int64(number))
        case .flag(let flag): .init(key: strdup(key), kind: RUFBUS_FLAG, text: nil, number: flag ? 1 : 0)
        }
    }
}
