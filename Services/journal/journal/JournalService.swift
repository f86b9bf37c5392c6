import BusClient
import BusContract
import JournalCore
import Logging
import Postgres
import ServiceKit
import TelephonyModel

/// rufbus-journal from start to end.
struct JournalService {
    private static let mostEntries = 200

    private let context: ServiceContext
    /// Apart from each other: neither a question nor a claim waits behind the events of a busy minute.
    private let writing: Database, reading: Database, seating: Database
    private let gapSeconds: Int
    private var logger: Logger { context.logger }

    init(_ settings: JournalSettings, _ context: ServiceContext) {
        (self.context, gapSeconds) = (context, settings.gapSeconds)
        let url = settings.databaseURL
        // In the database's list of sessions.
        func name(_ part: String) -> String { "rufbus-journal\(part) \(context.bus.instance)" }
        // A database that says nothing is given up after 7 s: no thread hangs for 10.
        writing = Database(url: url, name: name(""), statementLimitMs: 6_000, logger: context.logger)
        reading = Database(
            url: url, name: name("-query"), connections: settings.databaseConnections, statementLimitMs: 2_000,
            logger: context.logger)
        seating = Database(url: url, name: name("-seats"), logger: context.logger)
    }

    func run() async throws {
        guard try await context.unlessStopped({ try await prepare() }) != nil else { return await closeDatabases() }
        let teller = Teller(database: reading, bus: context.bus, logger: logger)
        let intake = Intake(database: writing, teller: teller, logger: logger)
        context.bus.onStateChange { _ in intake.noteBehind() }
        for partition in 0..<RoutingKey.partitions {
            context.bus.consume(Topology.eventQueue(partition), prefetch: Intake.prefetch) { intake.inbox.add($0) }
        }
        let seats = SeatIntake(database: seating, logger: logger)
        for partition in 0..<RoutingKey.partitions {
            context.bus.consume(Topology.seatQueue(partition), prefetch: SeatIntake.prefetch) { seats.inbox.add($0) }
        }
        let letters = DeadLetters(database: reading, logger: logger)
        context.bus.consume(Topology.deadQueue, prefetch: Intake.prefetch) { letters.inbox.add($0) }
        context.bus.serve(JournalQuery.self) { query, responder in Task { await answer(query, responder) } }
        try await context.bus.open()
        let taking = Task { await intake.run() }
        let telling = Task { await teller.run() }
        let upkeep = Upkeep(
            database: reading, gapSeconds: gapSeconds, logger: logger,
            wasBehind: { [bus = context.bus] in intake.wasBehind() || bus.state != .connected }, teller: teller)
        let keeping = Task { await upkeep.run() }
        let collecting = Task { await letters.run() }
        let takingSeats = Task { await seats.run() }
        context.ready()
        await context.stopped()
        keeping.cancel()
        letters.inbox.stop()
        collecting.cancel()
        intake.inbox.stop()
        taking.cancel()
        seats.inbox.stop()
        takingSeats.cancel()
        await takingSeats.value
        await taking.value
        teller.stop()
        await end(telling)
        await closeDatabases()
    }

    /// What is in hand is told of first. While the broker is away nobody confirms it: then the bus closes over it, and
    /// it is told of after the next start.
    private func end(_ telling: Task<Void, Never>) async {
        let bus = context.bus
        let impatient = Task {
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
            await bus.close()
        }
        await telling.value
        impatient.cancel()
        await impatient.value
        await bus.close()
    }

    private func closeDatabases() async {
        await writing.close()
        await reading.close()
        await seating.close()
    }

    /// Waits for a database that is not up yet; wrong settings end the service.
    private func prepare() async throws {
        while true {
            do throws(PostgresError) {
                try await writing.migrate(JournalSchema.migrations)
                return try await writing.run { (connection) throws(PostgresError) in try connection.makeMonths() }
            } catch {
                guard error.mayPass else { throw error }
                logger.warning("waiting for the database", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func answer(_ query: JournalQuery, _ responder: Responder<JournalQuery.Answer>) async {
        guard (1...Self.mostEntries).contains(query.limit) else {
            return responder.refuse(
                Refusal(422, "bad-limit", "A limit is 1 to \(Self.mostEntries) entries; \(query.limit) was asked for."))
        }
        do throws(PostgresError) {
            let folds = try await reading.run { (connection) throws(PostgresError) in
                guard let call = query.call else { return try connection.folds(of: query.user, limit: query.limit) }
                return try connection.folds(of: query.user, call: call)
            }
            responder.answer(JournalQuery.Answer(entries: folds.compactMap(\.entry)))
        } catch {
            logger.warning("a question cannot be answered", metadata: ["error": "\(error)"])
            responder.refuse(
                Refusal(
                    503, "database-away",
                    "The journal cannot be read at the moment: its database does not answer. Try again in a few "
                        + "seconds."
                ))
        }
    }
}
