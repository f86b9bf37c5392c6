import BusClient
import Logging
import TelephonyModel

/// What a service's body works with.
public struct ServiceContext: Sendable {
    public let logger: Logger
    /// Register handlers, then `try await context.bus.open()`.
    public let bus: Bus
    public let instance: InstanceID
    /// A new one for each start of the process (UUIDv7).
    public let incarnation: String
    /// RFC 3339.
    public let startedAt: String

    /// Logs "ready": the service takes work now.
    public func ready() {}
    /// Returns when SIGTERM or SIGINT came.
    public func stopped() async {}
}
