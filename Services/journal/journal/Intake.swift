import BusClient
import BusContract
import Foundation
import JournalCore
import Logging
import Postgres
import TelephonyModel

/// Takes events from the bus into the database: what has gathered goes in one transaction, and is acknowledged after
/// its commit. While the database is away nothing is acknowledged; the bus keeps it.
final class Intake: Sendable {
    let inbox = Inbox()
    private let database: Database
    private let bus: Bus
    private let logger: Logger

    init(database: Database, bus: Bus, logger: Logger) {
        (self.database, self.bus, self.logger) = (database, bus, logger)
    }

    /// Works until the inbox is stopped. What is not stored by then comes again at the next start.
    func run() async {
        var cache = FoldCache()
        while let batch = await inbox.next() { await take(readable(batch), &cache) }
    }

    private typealias Item = (delivery: Delivery, stored: StoredEvent)

    /// Settles what is no event at once; gives the rest.
    private func readable(_ batch: [Delivery]) -> [Item] {
        let decoder = JSONDecoder()
        return batch.compactMap { delivery in
            do {
                let event = try decoder.decode(LoggedEvent.self, from: Data(delivery.body))
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
        var due: [CallID: CallFold] = [:]
        while !items.isEmpty {
            do throws(PostgresError) {
                try await store(items, &cache, &due)
                await tell(due)
                for item in items { item.delivery.acknowledge() }
                return
            } catch {
                if Self.isPoison(error) { return await split(items, error, &cache) }
                logger.warning("events wait for the database", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .milliseconds(Int.random(in: waitMs / 2...waitMs))) } catch { return }
            waitMs = min(waitMs * 2, 5_000)
        }
    }

    /// Stores the events, with the folds that can be made without a look into the database; then makes the others.
    /// - Parameter due: grows by the folds that are to be told of: those that are final now, and of events that come a
    ///   second time all that are final, since the process may have ended between commit and telling.
    private func store(
        _ items: [Item], _ cache: inout FoldCache, _ due: inout [CallID: CallFold]
    ) async throws(PostgresError) {
        let again = Set(items.filter(\.delivery.redelivered).compactMap(\.stored.event.position?.call))
        let stored = items.map(\.stored)
        var events = Self.byCall(stored.map(\.event))
        let guesses = events.compactMap { cache.known($0, $1)?.adding($1) }
        let changed = guesses.filter(\.isChanged)
        let mayBeKnown = items.contains { $0.delivery.redelivered }
        let written = try await store(stored, areNew: !mayBeKnown, changed)
        let right = guesses.filter { !$0.isChanged || written.contains($0.fold.call) }
        for change in right { events[change.fold.call] = nil }
        note(right, again, &cache, &due)
        guard !events.isEmpty else { return }
        let rest = events
        note(
            try await database.run { (connection) throws(PostgresError) in try connection.fold(rest) }, again, &cache,
            &due)
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

    private func note(
        _ changes: [FoldChange], _ again: Set<CallID>, _ cache: inout FoldCache, _ due: inout [CallID: CallFold]
    ) {
        for change in changes {
            cache.keep(change.known)
            let isDue = change.becameFinal || (change.fold.isFinal && again.contains(change.fold.call))
            if isDue { due[change.fold.call] = change.fold }
        }
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

    /// Data that cannot be stored (SQLSTATE classes 22 and 54): no later try will do.
    private static func isPoison(_ error: PostgresError) -> Bool {
        error.kind == .parameter || ["22", "54"].contains(error.sqlState?.prefix(2))
    }

    private func tell(_ folds: [CallID: CallFold]) async {
        await withTaskGroup(of: Void.self) { group in
            for fold in folds.values { group.addTask { await self.tell(fold) } }
        }
    }

    /// Tells of an entry that is final now.
    func tell(_ fold: CallFold) async {
        guard let entry = fold.entry else { return }
        do throws(BusError) {
            try await bus.publishConfirmed(
                entry, type: JournalWhat.written.type, key: RoutingKey.journal(.written, entry.user, entry.call),
                position: fold.position, durable: true)
        } catch {
            logger.warning("an entry is written but not told of", metadata: ["call": "\(entry.call)"])
        }
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
