import Hummingbird
import Logging
import ServiceLifecycle

/// The gateway's port, open until the order to stop. Then what was asked is answered, event streams, which have no end
/// of their own, are ended, and idle connections are closed.
public struct GatewayPort: Service {
    /// How long a request may still take after the order to stop.
    static let patience = Duration.seconds(5)

    private let gateway: Gateway
    private let address: String
    private let port: Int
    private let logger: Logger
    private let onReady: @Sendable () async -> Void

    /// - Parameter onReady: called once the port is open.
    public init(
        _ gateway: Gateway, address: String, port: Int, logger: Logger, onReady: @escaping @Sendable () async -> Void
    ) {
        (self.gateway, self.address, self.port) = (gateway, address, port)
        (self.logger, self.onReady) = (logger, onReady)
    }

    /// - Throws: why the port cannot be opened.
    public func run() async throws {
        let application = gateway.application(address: address, port: port, logger: logger, onReady: onReady)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask { [board = gateway.board] in
                try await gracefulShutdown()
                board.close()
                try await Task.sleep(for: Self.patience)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
