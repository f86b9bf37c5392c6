import BusClient
import BusContract
import Dispatch
import Glibc
import Logging
import Postgres
import PresenceCore
import ServiceKit
import TelephonyModel

/// rufbus-presence from start to end.
struct PresenceService {
    private let settings: PresenceSettings
    private let context: ServiceContext
    private let database: Database
    private var logger: Logger { context.logger }

    init(_ settings: PresenceSettings, _ context: ServiceContext) {
        (self.settings, self.context) = (settings, context)
        database = Database(
            url: settings.databaseURL, name: "rufbus-presence", connections: settings.databaseConnections,
            statementLimitMs: 2_000, logger: context.logger)
    }

    func run() async throws {
        guard let file = settings.directory else { return }  // A mistake in it has ended the start.
        guard let loaded = try await context.unlessStopped({ try await prepare(file) }) else {
            return await database.close()
        }
        let desk = Desk(loaded.new, database: database, bus: context.bus, logger: logger)
        let lines = LineDesk(database: database, bus: context.bus, logger: logger)
        register(desk, lines)
        try await context.bus.open()
        let changed = loaded.new.changed(since: loaded.old)
        if loaded.old?.revision != loaded.new.revision { desk.announce(changed, revision: loaded.new.revision) }
        let reload = onHangUp { await load(into: desk) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await lines.run() }
            group.addTask { await housekeeping(desk, lines) }
            context.ready()
            await context.stopped()
            lines.stop()
            group.cancelAll()
        }
        reload.cancel()
        await context.bus.close()
        await database.close()
    }

    /// Schema and directory. Waits for a database that is not up yet; wrong settings end the service.
    private func prepare(_ file: DirectoryFile) async throws -> (old: Directory?, new: Directory) {
        while true {
            do throws(PostgresError) {
                try await database.migrate(PresenceSchema.migrations)
                return try await database.run { (connection) throws(PostgresError) in try connection.load(file) }
            } catch {
                guard error.mayPass else { throw error }
                logger.warning("waiting for the database", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func register(_ desk: Desk, _ lines: LineDesk) {
        let bus = context.bus
        bus.serve(DirectoryQuery.self) { _, responder in desk.answer(responder) }
        bus.serve(PresenceQuery.self) { query, responder in desk.answer(query, responder) }
        bus.serve(LinesRequest.self) { request, responder in lines.ask(request, responder) }
        bus.onStateChange { desk.busIs($0) }
        bus.listen(["call.#", "leg.*.ended.#", "service.x.alive.signaling.*", "user.x.changed.*"]) { received in
            switch received.type {
            case LegWhat.ended.type: lines.heardEnd(received)
            case ServiceAlive.type: desk.heardAlive(received)
            case UserChanged.type: hearChange(received, desk)
            default: desk.heardCall(received)
            }
        }
    }

    private func hearChange(_ received: Received, _ desk: Desk) {
        guard received.source != context.bus.source else { return }
        do {
            let changed = try received.data(UserChanged.self)
            Task { await desk.changedElsewhere(changed) }
        } catch {
            logger.debug("a change cannot be read", metadata: ["id": "\(received.id)", "error": "\(error)"])
        }
    }

    /// Once a second what is over is forgotten, now and then lines of calls that nobody knows are given back.
    private func housekeeping(_ desk: Desk, _ lines: LineDesk) async {
        var seconds = 0
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
            seconds += 1
            desk.tidy()
            lines.tick()
            if seconds % 30 == 0, let calls = await desk.runningCalls() { lines.sweep(known: calls) }
            if seconds % 600 == 0 { await desk.dropOldTokens() }
        }
    }

    /// Reads the directory file again. A file with mistakes changes nothing.
    private func load(into desk: Desk) async {
        do {
            let file = try DirectoryYAML.read(path: settings.directoryPath)
            let loaded = try await database.run { (connection) throws(PostgresError) in try connection.load(file) }
            desk.take(loaded.new)
            logger.info("directory loaded", metadata: ["revision": "\(loaded.new.revision)"])
        } catch {
            logger.error("the directory stays as it is", metadata: ["error": "\(error)"])
        }
    }

    /// SIGHUP.
    private func onHangUp(_ work: @escaping @Sendable () async -> Void) -> any DispatchSourceSignal {
        signal(SIGHUP, SIG_IGN)  // The source sees it nevertheless; the default would end the process.
        let source = DispatchSource.makeSignalSource(signal: SIGHUP)
        source.setEventHandler { Task { await work() } }
        source.resume()
        return source
    }
}
