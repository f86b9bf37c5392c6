import BusClient
import JournalCore
import Logging
import Postgres
import Synchronization
import TelephonyModel

/// Takes events from the bus into the database: what has gathered goes in one transaction, and is acknowledged after
/// its commit, whether or not the bus takes what is to be told of it. While the database is away nothing is
/// acknowledged; the bus keeps it.
final class Intake: Sendable {
    /// Events of one partition that may be on their way into the database.
    static let prefetch = 200

    let inbox = Inbox()
    private let database: Database
    private let teller: Teller
    private let logger: Logger
    private let behind = Mutex(true)

    init(database: Database, teller: Teller, logger: Logger) {
        (self.database, self.teller, self.logger) = (database, teller, logger)
    }

    /// Notes that events wait to be stored.
    func noteBehind() { behind.withLock { $0 = true } }

    /// Whether they waited since this was asked last; at the start nobody knows.
    func wasBehind() -> Bool {
        behind.withLock { behind in
            defer { behind = false }
            return behind
        }
    }

    /// Works until the inbox is stopped. What is not stored by then comes again at the next start.
    func run() async {
        var cache = FoldCache()
        while let batch = await inbox.next() {
            // While one partition's queue has a backlog, so many or more come with every second batch.
            if batch.count >= Self.prefetch / 2 { noteBehind() }
            await take(readable(batch), &cache)
        }
    }

    private typealias Item = (delivery: Delivery, stored: StoredEvent)

    /// Settles what is no event at once; gives the rest.
    private func readable(_ batch: [Delivery]) -> [Item] {
        batch.compactMap { delivery in
            do {
                let event = try delivery.envelope().message(LoggedEvent.self)
                guard event.content != .transient else {
                    delivery.acknowledge()
                    return nil
                }
                return (delivery, StoredEvent(event: event, body: delivery.body))
            } catch {
                delivery.dead(Self.reason(error))
                return nil
            }
        }
    }

    /// Stores a batch, however often it has to be tried.
    private func take(_ items: [Item], _ cache: inout FoldCache) async {
        var waitMs = 50
        while !items.isEmpty {
            do throws(PostgresError) {
                try await store(items, &cache)
                for item in items { item.delivery.acknowledge() }
                return
            } catch {
                if error.blamesData { return await split(items, error, &cache) }
                noteBehind()
                logger.warning("events wait for the database", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .milliseconds(Int.random(in: waitMs / 2...waitMs))) } catch { return }
            waitMs = min(waitMs * 2, 5_000)
        }
    }

    /// Stores the events, with the folds that can be made without a look into the database; then makes the others.
    private func store(_ items: [Item], _ cache: inout FoldCache) async throws(PostgresError) {
        let stored = items.map(\.stored)
        var events = Self.byCall(stored.map(\.event))
        let guesses = events.compactMap { cache.known($0, $1)?.adding($1) }
        let changed = guesses.filter(\.isChanged)
        let mayBeKnown = items.contains { $0.delivery.redelivered }
        let written = try await store(stored, areNew: !mayBeKnown, changed)
        let right = guesses.filter { !$0.isChanged || written.contains($0.fold.call) }
        for change in right { events[change.fold.call] = nil }
        note(right, &cache)
        guard !events.isEmpty else { return }
        let rest = events
        note(try await database.run { (connection) throws(PostgresError) in try connection.fold(rest) }, &cache)
    }

    /// What a sender repeated was not delivered before, and is known all the same.
    private func store(
        _ events: [StoredEvent], areNew: Bool, _ changes: [FoldChange]
    ) async throws(PostgresError) -> Set<CallID> {
        do throws(PostgresError) {
            return try await database.run { (connection) throws(PostgresError) in
                try connection.store(events, areNew: areNew, changes)
            }
        } catch {
            guard areNew, error.sqlState == "23505" else { throw error }
            return try await store(events, areNew: false, changes)
        }
    }

    private func note(_ changes: [FoldChange], _ cache: inout FoldCache) {
        for change in changes {
            cache.keep(change.known)
            guard change.isRecounted else { continue }
            logger.warning("a fold that cannot be read was counted again", metadata: ["call": "\(change.fold.call)"])
        }
        teller.add(changes.filter(\.becameFinal).map(\.known))
    }

    private static func byCall(_ events: [LoggedEvent]) -> [CallID: [LoggedEvent]] {
        var byCall: [CallID: [LoggedEvent]] = [:]
        for event in events where event.concernsCall {
            if let call = event.position?.call { byCall[call, default: []].append(event) }
        }
        return byCall
    }

    /// Finds the one event that no database can hold.
    private func split(_ items: [Item], _ error: PostgresError, _ cache: inout FoldCache) async {
        guard items.count > 1 else {
            items.first?.delivery.dead("the database cannot hold it: \(error)")
            return
        }
        await take(Array(items[..<(items.count / 2)]), &cache)
        await take(Array(items[(items.count / 2)...]), &cache)
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "no envelope: \"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            "no envelope: \(context.codingPath.map(\.stringValue).joined(separator: ".")) \(context.debugDescription)"
        default: "no envelope: \(error)"
        }
    }
}
