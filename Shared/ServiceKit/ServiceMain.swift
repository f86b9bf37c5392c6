import BusClient
import BusContract
import Logging

/// The whole life of a service: arguments, settings, logs, signals, `service.alive`, exit code.
public enum ServiceMain {
    /// Arguments: `--config FILE`, `--check-config`, `--help`.
    /// - Parameters:
    ///   - service: its name on the bus and in logs: "signaling".
    ///   - passive: reads the bus only: no `service.alive`, publishes nothing, needs no right to write.
    ///   - arguments: program name first. A service with options of its own takes them out before.
    ///   - settings: reads the service's own settings; all mistakes are collected, then printed, exit 78.
    ///   - body: the service. Returning is a clean end (exit 0), an error is logged (exit 1).
    public static func run<S: Sendable>(
        _ service: String, passive: Bool = false, arguments: [String] = CommandLine.arguments,
        settings: @Sendable (SettingsReader) -> S,
        body: @escaping @Sendable (S, ServiceContext) async throws -> Void
    ) async -> Never { fatalError() }
}
