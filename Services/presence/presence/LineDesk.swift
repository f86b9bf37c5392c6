import BusClient
import BusContract
import Logging
import Postgres
import PresenceCore
import Synchronization
import TelephonyModel

/// Serves line reservations, one after the other in the order they came: what a call reserves and gives back must not
/// overtake each other.
final class LineDesk: Sendable {
    private enum Work: Sendable {
        case ask(LinesRequest, Responder<Done>, arrivedAt: Int64)
        case legEnded(LegID, epoch: Int)
        case sweep(known: [CallID])
        /// Tries again what the database could not take.
        case tick
    }
    /// Who asked waits 2 s: a line granted after that would be nobody's.
    private static let patienceMs: Int64 = 1_800
    /// How long an ended leg is remembered: its reservation may arrive after its end, on another queue.
    private static let memoryMs: Int64 = 60_000

    private let inbox = Mutex<[Work]>([])
    private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let database: Database
    private let bus: Bus
    private let logger: Logger

    init(database: Database, bus: Bus, logger: Logger) {
        (self.database, self.bus, self.logger) = (database, bus, logger)
    }

    func ask(_ request: LinesRequest, _ responder: Responder<Done>) {
        add(.ask(request, responder, arrivedAt: Clock.steadyMs()))
    }

    /// `leg.ended`.
    func heardEnd(_ received: Received) {
        guard let position = received.position else { return }
        do {
            add(.legEnded(try received.data(Ended.self).leg, epoch: position.epoch))
        } catch {
            logger.warning("a leg's end cannot be read", metadata: ["id": "\(received.id)", "error": "\(error)"])
        }
    }

    func sweep(known: [CallID]) { add(.sweep(known: known)) }
    func tick() { add(.tick) }
    func stop() { wakes.continuation.finish() }

    /// Works until `stop`.
    func run() async {
        var book = Book()
        for await _ in wakes.stream {
            let batch = inbox.withLock { inbox in
                defer { inbox = [] }
                return inbox
            }
            for work in batch { await perform(work, &book) }
            await giveBack(&book)
            publish(&book)
        }
    }

    /// All of `leg.ended` that matters here, also in a newer version's words.
    private struct Ended: Codable, Sendable { let leg: LegID }

    /// What the loop keeps between two pieces of work.
    private struct Book {
        /// Ended legs that still have rows, with the epoch that said so.
        var owed: [LegID: Int] = [:]
        /// When legs ended.
        var ended: [LegID: Int64] = [:]
        /// Trunks whose occupancy changed; with the load if it is known.
        var changed: [TrunkID: TrunkLoad] = [:]

        mutating func note(_ leg: LegID, _ epoch: Int) {
            owed[leg] = max(owed[leg] ?? epoch, epoch)
            ended[leg] = Clock.steadyMs()
        }
        mutating func forget(before limit: Int64) { ended = ended.filter { $0.value >= limit } }
    }

    private func add(_ work: Work) {
        inbox.withLock { $0.append(work) }
        wakes.continuation.yield()
    }

    private func perform(_ work: Work, _ book: inout Book) async {
        switch work {
        case .legEnded(let leg, let epoch): book.note(leg, epoch)
        case .ask(let request, let responder, let arrivedAt):
            guard Clock.steadyMs() - arrivedAt < Self.patienceMs else {
                return responder.refuse(Refusal(503, "late", "The lines could not be reserved in time: try again."))
            }
            do throws(Refusal) {
                try await answer(request, &book)
                responder.answer(Done())
            } catch {
                responder.refuse(error)
            }
        case .sweep(let known): await sweep(known, &book)
        case .tick: book.forget(before: Clock.steadyMs() - Self.memoryMs)
        }
    }

    private func answer(_ request: LinesRequest, _ book: inout Book) async throws(Refusal) {
        switch request.what {
        case .reserve(let wants, let evenIfFull):
            await giveBack(&book)
            let wanted = wants.filter { book.ended[$0.leg] == nil }
            try await reserve(try LineRules.lines(for: wanted), request, evenIfFull, &book)
        case .release(let legs):
            for leg in legs { book.note(leg, request.epoch) }
        }
    }

    private func reserve(
        _ lines: [Line], _ request: LinesRequest, _ evenIfFull: Bool, _ book: inout Book
    ) async throws(Refusal) {
        guard !lines.isEmpty else { return }
        let reservation = try await attempt { (connection) throws(PostgresError) in
            try connection.reserve(lines, for: request, evenIfFull: evenIfFull)
        }
        switch reservation {
        case .granted(let loads): for load in loads { book.changed[load.trunk] = load }
        case .refused(let refusal): throw refusal
        }
    }

    /// Deletes the rows of ended legs. What the database cannot take now stays owed.
    private func giveBack(_ book: inout Book) async {
        let legs = book.owed
        guard !legs.isEmpty else { return }
        do throws(PostgresError) {
            let loads = try await database.run { (connection) throws(PostgresError) in
                let trunks = try connection.release(legs)
                return try trunks.isEmpty ? [] : connection.loads(of: trunks)
            }
            book.owed = [:]
            for load in loads { book.changed[load.trunk] = load }
        } catch {
            logger.warning(
                "lines are given back later", metadata: ["legs": "\(legs.count)", "error": "\(error)"])
        }
    }

    private func sweep(_ known: [CallID], _ book: inout Book) async {
        do throws(PostgresError) {
            let loads = try await database.run { (connection) throws(PostgresError) in
                let trunks = try connection.sweep(known: known)
                return try trunks.isEmpty ? [] : connection.loads(of: trunks)
            }
            if !loads.isEmpty { logger.warning("lines of calls that nobody knows were given back") }
            for load in loads { book.changed[load.trunk] = load }
        } catch {
            logger.debug("no sweep now", metadata: ["error": "\(error)"])
        }
    }

    private func publish(_ book: inout Book) {
        for load in book.changed.values {
            bus.publish(
                load.occupancy, type: LineOccupancy.type, key: RoutingKey.lineOccupancy(load.trunk), durable: false)
        }
        book.changed = [:]
    }

    private func attempt<T: Sendable>(
        _ work: @escaping @Sendable (Connection) throws(PostgresError) -> T
    ) async throws(Refusal) -> T {
        do throws(PostgresError) { return try await database.run(work) } catch {
            logger.warning("lines cannot be written", metadata: ["error": "\(error)"])
            throw .databaseAway
        }
    }
}
