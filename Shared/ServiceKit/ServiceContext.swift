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
    let stop: StopSign

    /// Logs "ready": the service takes work now.
    public func ready() { logger.info("ready") }

    /// Returns when SIGTERM or SIGINT came. May be awaited by any number of tasks.
    public func stopped() async { await stop.wait() }

    /// Work that a stop cancels, such as waiting for a server at the start.
    /// - Returns: nil if the service is to stop before the work is done.
    public func unlessStopped<T: Sendable>(_ work: @escaping @Sendable () async throws -> T) async throws -> T? {
        let task = Task { try await work() }
        Task {
            await stopped()
            task.cancel()
        }
        do { return try await task.value } catch is CancellationError { return nil }
    }
}
