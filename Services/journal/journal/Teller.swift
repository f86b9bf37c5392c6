import BusClient
import BusContract
import JournalCore
import Logging
import Postgres
import Synchronization
import TelephonyModel

/// Tells the house of entries that are final now (`journal.written`). What is to be told stands in table `untold` from
/// the very transaction on that wrote the entry until the broker has it: a journal that dies in between loses no
/// telling, and one whose broker takes nothing goes on writing.
final class Teller: Sendable {
    /// So many are told at once; more than `mostWaiting` wait in the table alone.
    static let mostAtOnce = 200
    private static let mostWaiting = 10_000
    private static let source = "rufbus/\(Service.journal.rawValue)"
    /// After that anybody may tell what is not told yet.
    static let leaseSeconds = 5

    private let waiting = Mutex<[KnownFold]>([])
    private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let database: Database
    private let bus: Bus
    private let logger: Logger

    init(database: Database, bus: Bus, logger: Logger) {
        (self.database, self.bus, self.logger) = (database, bus, logger)
    }

    /// Takes what was just written down as untold.
    func add(_ due: [KnownFold]) {
        guard !due.isEmpty else { return }
        waiting.withLock { if $0.count < Self.mostWaiting { $0 += due } }
        wakes.continuation.yield()
    }

    /// What is in hand is told yet.
    func stop() { wakes.continuation.finish() }

    /// Works until it is stopped.
    func run() async {
        let ticking = Task { [wakes] in
            while !Task.isCancelled {
                wakes.continuation.yield()
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
        for await _ in wakes.stream {
            do throws(PostgresError) { try await work() } catch {
                logger.warning("telling of entries waits for the database", metadata: ["error": "\(error)"])
            }
        }
        ticking.cancel()
    }

    /// What was added; when there is nothing, what others left.
    private func work() async throws(PostgresError) {
        var due = take()
        if due.isEmpty { due = try await leftover() }
        while !due.isEmpty {
            let told = await tell(due)
            try await database.run { (connection) throws(PostgresError) in try connection.forget(told) }
            due = take()
        }
    }

    private func take() -> [KnownFold] {
        waiting.withLock { waiting in
            defer { waiting.removeFirst(min(Self.mostAtOnce, waiting.count)) }
            return Array(waiting.prefix(Self.mostAtOnce))
        }
    }

    private func leftover() async throws(PostgresError) -> [KnownFold] {
        try await database.run { (connection) throws(PostgresError) in try connection.leaseUntold() }
    }

    /// - Returns: those that the broker has.
    private func tell(_ due: [KnownFold]) async -> [KnownFold] {
        await withTaskGroup(of: KnownFold?.self) { group in
            for known in due { group.addTask { await self.tell(known) ? known : nil } }
            return await group.reduce(into: []) { if let known = $1 { $0.append(known) } }
        }
    }

    /// It is the same event whichever journal tells of this version, and however often.
    private func tell(_ known: KnownFold) async -> Bool {
        guard let entry = known.fold.entry else { return true }
        let identity = EventIdentity(source: Self.source, id: "\(entry.call)/\(known.version)")
        do throws(BusError) {
            try await bus.publishConfirmed(
                entry, type: JournalWhat.written.type, key: RoutingKey.journal(.written, entry.user, entry.call),
                position: known.fold.position, durable: true, as: identity)
            return true
        } catch {
            logger.warning("an entry is written but not told of yet", metadata: ["call": "\(entry.call)"])
            return false
        }
    }
}

extension Connection {
    /// Takes some of those that nobody told of in time, with the version that made them final.
    func leaseUntold() throws(PostgresError) -> [KnownFold] {
        try transaction { () throws(PostgresError) in
            let calls = try query(
                "UPDATE untold SET since = now() WHERE call IN (SELECT call FROM untold WHERE since < now() - "
                    + "make_interval(secs => $1::int4) ORDER BY since LIMIT $2 FOR UPDATE SKIP LOCKED) "
                    + "RETURNING call, version",
                [.int(Teller.leaseSeconds), .int(Teller.mostAtOnce)])
            guard !calls.isEmpty else { return [] }
            var versions: [String: Int] = [:]
            for row in calls { versions[try row.text("call")] = try row.int("version") }
            let rows = try query(
                "SELECT call, final, version, fold FROM entries WHERE call = any($1::text[])",
                [.texts(Array(versions.keys))])
            return try known(rows).map {
                KnownFold(fold: $0.fold, version: versions[$0.fold.call.rawValue] ?? $0.version)
            }
        }
    }

    /// Entries that the broker knows of in this version, or a later one.
    func forget(_ told: [KnownFold]) throws(PostgresError) {
        guard !told.isEmpty else { return }
        try execute(
            "DELETE FROM untold USING unnest($1::text[], $2::int8[]) AS told (call, version) "
                + "WHERE untold.call = told.call AND untold.version <= told.version",
            [.texts(told.map(\.fold.call.rawValue)), .ints(told.map { Int64($0.version) })])
    }
}
