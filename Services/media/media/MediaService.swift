import BusClient
import BusContract
import MediaEngine
import ServiceKit

/// The life of rufbus-media: everything that happens goes through one inbox to one driver.
enum MediaService {
    static func run(_ settings: MediaSettings, _ context: ServiceContext) async throws {
        let (inputs, inbox) = AsyncStream.makeStream(of: MediaInput.self)
        let engine = try MediaEngine(
            address: settings.address, ports: settings.ports, country: settings.country,
            promptFolder: settings.promptFolder, logger: context.logger, notice: { inbox.yield(.notice($0)) })
        defer { engine.stop() }
        register(context.bus, inbox)
        try await context.bus.open()
        let driver = Task { await drive(MediaDriver(engine, context), inputs) }
        let ticker = Task { try await tick(inbox) }
        context.ready()
        await context.stopped()
        inbox.yield(.stop)
        await driver.value
        ticker.cancel()
    }

    private static func register(_ bus: Bus, _ inbox: AsyncStream<MediaInput>.Continuation) {
        bus.serve(OpenMedia.self) { inbox.yield(.open($0, $1)) }
        bus.serve(MediaCommands.self) { inbox.yield(.commands($0, $1)) }
        bus.serve(CloseMedia.self) { inbox.yield(.close($0, $1)) }
        bus.serve(RenewMedia.self) { inbox.yield(.renew($0, $1)) }
        bus.onStateChange { inbox.yield(.bus($0)) }
    }

    private static func drive(_ driver: consuming MediaDriver, _ inputs: AsyncStream<MediaInput>) async {
        for await input in inputs {
            driver.take(input)
            if driver.isOver { return }
        }
    }

    private static func tick(_ inbox: AsyncStream<MediaInput>.Continuation) async throws {
        while true {
            try await Task.sleep(for: .seconds(1))
            inbox.yield(.tick)
        }
    }
}
