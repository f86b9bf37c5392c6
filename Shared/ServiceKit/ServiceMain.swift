import BusClient
import BusContract
import Foundation
import Logging
import ServiceLifecycle

/// The whole life of a service: settings, logs, signals, `service.alive`, exit code.
public enum ServiceMain {
    /// EX_CONFIG of sysexits.h.
    static let badConfiguration: Int32 = 78

    /// Every service has the settings `instance` ("a1"), `bus.url` and `log.level` ("info").
    /// - Parameters:
    ///   - service: its name on the bus and in logs: "signaling".
    ///   - arguments: an `@OptionGroup` of the service's command.
    ///   - passive: reads the bus only: no `service.alive`, publishes nothing, needs no right to write.
    ///   - settings: reads the service's own settings; all mistakes are collected, then printed, exit 78.
    ///   - body: the service. Returning is a clean end (exit 0), an error is logged (exit 1).
    ///
    /// On the main thread, so that it begins before there is another one.
    @MainActor public static func run<S: Sendable>(
        _ service: String, _ arguments: ServiceArguments, passive: Bool = false,
        settings: @Sendable (SettingsReader) -> S,
        body: @escaping @Sendable (S, ServiceContext) async throws -> Void
    ) async -> Never {
        MemoryTrim.shareHeap()
        let start = await Start.read(
            service, passive: passive, arguments: arguments, environment: ProcessInfo.processInfo.environment,
            settings: settings)
        switch start {
        case .mistakes(let mistakes): end(badConfiguration, mistakes.map(\.description).joined(separator: "\n"))
        case .fine: end(0, "configuration is fine")
        case .run(let settings, let common):
            exit(await live(service, passive: passive, common.bus, common.logLevel) { try await body(settings, $0) })
        }
    }

    static func end(_ code: Int32, _ text: String) -> Never {
        (code == 0 ? FileHandle.standardOutput : FileHandle.standardError).write(Data((text + "\n").utf8))
        exit(code)
    }

    /// Answers the exit code.
    private static func live(
        _ service: String, passive: Bool, _ settings: BusSettings, _ level: Logger.Level,
        body: @escaping @Sendable (ServiceContext) async throws -> Void
    ) async -> Int32 {
        LoggingSystem.bootstrap { _ in
            JSONLogHandler(service: service, instance: settings.instance.rawValue, level: level)
        }
        signal(SIGPIPE, SIG_IGN)  // A peer that is gone is an error of the write, not the end of the process.
        let logger = Logger(label: "rufbus.\(service)")
        let context = ServiceContext(
            logger: logger, bus: Bus(settings, logger: logger, passive: passive), instance: settings.instance,
            incarnation: uuid7(), startedAt: Timestamp.now(), stop: StopSign())
        do {
            try await group(service, passive: passive, context, body).run()
            await context.bus.close()
            logger.info("stopped")
            return 0
        } catch {
            logger.critical("failed", metadata: ["why": "\(error)"])
            await context.bus.close()
            return 1
        }
    }

    private static func group(
        _ service: String, passive: Bool, _ context: ServiceContext,
        _ body: @escaping @Sendable (ServiceContext) async throws -> Void
    ) -> ServiceGroup {
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(
                service: Body(context: context, work: body), successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .cancelGroup)
        ]
        if !passive {
            services.append(
                .init(service: Heartbeat(context, service: service), successTerminationBehavior: .ignore))
        }
        var quiet = Logger(label: "rufbus.life")
        quiet.logLevel = .error
        var configuration = ServiceGroupConfiguration(services: services, logger: quiet)
        configuration.gracefulShutdownSignals = [.sigterm, .sigint]
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        configuration.maximumCancellationDuration = .seconds(10)
        return ServiceGroup(configuration: configuration)
    }
}

/// The service itself, as a member of the group that gets the signals.
private struct Body: ServiceLifecycle.Service {
    let context: ServiceContext
    let work: @Sendable (ServiceContext) async throws -> Void
    func run() async throws {
        try await withGracefulShutdownHandler {
            try await work(context)
        } onGracefulShutdown: {
            context.stop.raise()
        }
    }
}
