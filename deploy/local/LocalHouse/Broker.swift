import BusContract
import Foundation
import Synchronization

/// A RabbitMQ of our own on a free port, with its own epmd, as root, without reading /etc.
public final class Broker: Sendable {
    public let port: UInt16
    public let folder: String
    private let definitions: String
    private let tls: TLS?
    /// Where it listens with TLS, if it does.
    public let tlsPort: UInt16?
    private let running: Mutex<(server: Child, names: Child)?> = Mutex(nil)

    static let program = "/usr/lib/rabbitmq/bin/rabbitmq-server"

    /// What a listener with TLS needs.
    public struct TLS: Sendable {
        let authority: String
        let own: Certificates.Pair
        let asksForCertificate: Bool
        /// - Parameters:
        ///   - authority: PEM file; its clients' certificates are accepted.
        ///   - asksForCertificate: whether a client without one is refused.
        public init(authority: String, own: Certificates.Pair, asksForCertificate: Bool = false) {
            (self.authority, self.own, self.asksForCertificate) = (authority, own, asksForCertificate)
        }
    }

    /// - Parameters:
    ///   - definitions: the JSON that the broker loads; nil for that of the bus contract.
    ///   - tls: for a second listener.
    public init(in folder: LocalFolder, definitions: String? = nil, tls: TLS? = nil) throws(HouseError) {
        self.tls = tls
        tlsPort = tls == nil ? nil : try FreePort.next()
        self.folder = try folder.folder("broker")
        self.definitions = if let definitions { definitions } else { try BrokerDefinitions.text() }
        port = try FreePort.next()
        try prepare(distribution: try FreePort.next(), names: try FreePort.next())
    }

    /// `amqp://…` for a service's own broker user ("signaling"), or "admin".
    /// - Parameter through: the port of a relay in between.
    public func url(for service: String, through relay: UInt16? = nil) -> String {
        let place = "127.0.0.1:\(relay ?? port)"
        return "amqp://\(service):\(BrokerDefinitions.password(of: service))@\(place)/\(Topology.virtualHost)"
    }

    /// `amqps://…`; the host as a certificate may name it.
    public func tlsURL(for service: String, host: String = "localhost") -> String {
        let password = BrokerDefinitions.password(of: service)
        return "amqps://\(service):\(password)@\(host):\(tlsPort ?? 0)/\(Topology.virtualHost)"
    }

    /// Starts it and waits until it speaks AMQP (6 to 10 s).
    public func start() async throws(HouseError) {
        let environment = try self.environment()
        let names = try Child(
            "epmd", "/usr/bin/epmd", ["-port", environment["ERL_EPMD_PORT"] ?? "", "-address", "127.0.0.1"],
            environment: environment, folder: folder)
        let server = try Child("rabbitmq", Self.program, environment: environment, folder: folder)
        running.withLock { $0 = (server, names) }
        let port = port
        try await server.waitUntil("ready", limit: .seconds(60)) {
            tcpGreeting(port, Array("AMQP".utf8) + [0, 0, 9, 1]) != nil
        }
    }

    public var server: Child? { running.withLock { $0?.server } }

    /// kill -9.
    public func kill() async { await end { await $0.kill() } }
    /// An orderly end (3 s).
    public func stop() async { await end { await $0.stop(limit: .seconds(20)) } }

    private func end(_ how: (Child) async -> Void) async {
        guard let (server, names) = running.withLock({ $0 }) else { return }
        await how(server)
        await names.kill()
        running.withLock { $0 = nil }
    }

    private func prepare(distribution: UInt16, names: UInt16) throws(HouseError) {
        try writeFile(folder + "/definitions.json", definitions)
        try writeFile(folder + "/advanced.config", "[].\n")
        try writeFile(folder + "/enabled_plugins", "[].\n")
        try writeFile(folder + "/env.conf", "")
        try writeFile(folder + "/ports", "\(distribution) \(names)")
        try writeFile(
            folder + "/rabbitmq.conf",
            """
            listeners.tcp.1 = 127.0.0.1:\(port)
            distribution.listener.interface = 127.0.0.1
            raft.wal_max_size_bytes = 67108864
            load_definitions = \(folder)/definitions.json
            log.console = false
            log.file.level = warning
            \(tlsSettings)
            """)
    }

    private var tlsSettings: String {
        guard let tls, let tlsPort else { return "" }
        return """
            listeners.ssl.1 = 127.0.0.1:\(tlsPort)
            ssl_options.cacertfile = \(tls.authority)
            ssl_options.certfile = \(tls.own.certificate)
            ssl_options.keyfile = \(tls.own.key)
            ssl_options.verify = verify_peer
            ssl_options.fail_if_no_peer_cert = \(tls.asksForCertificate)

            """
    }

    func environment() throws(HouseError) -> [String: String] {
        let text = FileManager.default.contents(atPath: folder + "/ports").map { String(decoding: $0, as: UTF8.self) }
        let ports = (text ?? "").split(separator: " ").map(String.init)
        guard ports.count == 2 else { throw HouseError("\(folder)/ports is gone") }
        return [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": folder,
            "RABBITMQ_NODENAME": "rb\(port)@localhost", "RABBITMQ_MNESIA_BASE": folder + "/mnesia",
            "RABBITMQ_LOG_BASE": folder + "/log", "RABBITMQ_CONFIG_FILE": folder + "/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": folder + "/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": folder + "/enabled_plugins", "RABBITMQ_PID_FILE": folder + "/pid",
            "RABBITMQ_DIST_PORT": ports[0], "RABBITMQ_CONF_ENV_FILE": folder + "/env.conf",
            "RABBITMQ_ALLOW_INPUT": "1", "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",
            "ERL_EPMD_PORT": ports[1], "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_ZFLAGS": "-start_epmd false",
        ]
    }
}
