import BusClient
import BusContract
import Foundation
import JournalCore
import Logging
import Postgres
import Synchronization
import TelephonyModel

/// Takes events from the bus into the database: what has gathered goes in one transaction, and is acknowledged after
/// its commit. While the database is away nothing is acknowledged; the bus keeps it.
final class Intake: Sendable {
    /// How long events gather. Nobody reads an entry sooner, and one transaction for many rows costs a tenth.
    private static let gatherMs = 25

    private let inbox = Mutex<[Delivery]>([])
    private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let database: Database
    private let bus: Bus
    private let logger: Logger

    init(database: Database, bus: Bus, logger: Logger) {
        (self.database, self.bus, self.logger) = (database, bus, logger)
    }

    func add(_ delivery: Delivery) {
        inbox.withLock { $0.append(delivery) }
        wakes.continuation.yield()
    }

    func stop() { wakes.continuation.finish() }

    /// Works until `stop`. What is not stored by then comes again at the next start.
    func run() async {
        for await _ in wakes.stream {
            do { try await Task.sleep(for: .milliseconds(Self.gatherMs)) } catch { return }
            let batch = inbox.withLock { inbox in
                defer { inbox = [] }
                return inbox
            }
            await take(readable(batch))
        }
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
    private func take(_ items: [Item]) async {
        var waitMs = 50
        while !items.isEmpty {
            do throws(PostgresError) {
                let events = items.map(\.stored)
                let changes = try await database.run { (connection) throws(PostgresError) in
                    try connection.store(events)
                }
                await announce(changes, items)
                for item in items { item.delivery.acknowledge() }
                return
            } catch {
                if Self.isPoison(error) { return await split(items, error) }
                logger.warning("events wait for the database", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .milliseconds(Int.random(in: waitMs / 2...waitMs))) } catch { return }
            waitMs = min(waitMs * 2, 5_000)
        }
    }

    /// Finds the one event that no database can hold.
    private func split(_ items: [Item], _ error: PostgresError) async {
        guard items.count > 1 else {
            items.first?.delivery.dead("the database cannot hold it: \(error)")
            return
        }
        await take(Array(items[..<(items.count / 2)]))
        await take(Array(items[(items.count / 2)...]))
    }

    /// Data that cannot be stored (SQLSTATE classes 22 and 54): no later try will do.
    private static func isPoison(_ error: PostgresError) -> Bool {
        error.kind == .parameter || ["22", "54"].contains(error.sqlState?.prefix(2))
    }

    /// Tells of entries that are final now. Those of events that come a second time are told again: the process may
    /// have ended between commit and telling.
    private func announce(_ changes: [FoldChange], _ items: [Item]) async {
        let again = Set(items.filter(\.delivery.redelivered).compactMap(\.stored.event.position?.call))
        for change in changes where change.becameFinal || (change.fold.isFinal && again.contains(change.fold.call)) {
            guard let entry = change.fold.entry else { continue }
            do throws(BusError) {
                try await bus.publishConfirmed(
                    entry, type: JournalWhat.written.type, key: RoutingKey.journal(.written, entry.user, entry.call),
                    position: change.fold.position, durable: true)
            } catch {
                logger.warning("an entry is written but not told of", metadata: ["call": "\(entry.call)"])
            }
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
