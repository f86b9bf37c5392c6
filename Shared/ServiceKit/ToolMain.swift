import BusClient
import Foundation
import Logging

extension ServiceMain {
    /// A single piece of work with a service's settings, for an administrator: no `service.alive`, no bus. Warnings
    /// go to standard error.
    /// - Parameters:
    ///   - service: whose settings these are: "journal".
    ///   - settings: reads the service's own settings; all mistakes are printed, exit 78.
    ///   - work: answers the exit code. An error is printed on standard error, exit 1.
    public static func tool<S: Sendable>(
        _ service: String, _ arguments: ServiceArguments, settings: @Sendable (SettingsReader) -> S,
        work: (S, BusSettings, Logger) async throws -> Int32
    ) async -> Never {
        let start = await Start.read(
            service, passive: false, arguments: arguments, environment: ProcessInfo.processInfo.environment,
            settings: settings)
        switch start {
        case .mistakes(let mistakes): end(badConfiguration, mistakes.map(\.description).joined(separator: "\n"))
        case .fine: end(0, "configuration is fine")
        case .run(let settings, let common):
            var logger = Logger(label: "rufbus.\(service)") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .warning
            signal(SIGPIPE, SIG_IGN)
            do { exit(try await work(settings, common.bus, logger)) } catch { end(1, "\(error)") }
        }
    }
}
