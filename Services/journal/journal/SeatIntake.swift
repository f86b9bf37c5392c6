import BusClient
import BusContract
import Foundation
import JournalCore
import Logging
import Postgres
import Synchronization
import TelephonyModel

/// Takes what is said about seats from the bus into the database: what has gathered while the last batch was written
/// is the next one. Claims are answered after the commit, and all is acknowledged then.
final class SeatIntake: Sendable {
    /// Of one partition that may be on their way into the database.
    static let prefetch = 100

    let inbox = Inbox(gatherMs: 0)
    private let counters = Mutex(SeatCounters())
    private let database: Database
    private let logger: Logger

    init(database: Database, logger: Logger) { (self.database, self.logger) = (database, logger) }

    /// Works until the inbox is stopped. What is not written by then comes again at the next start.
    func run() async {
        while let batch = await inbox.next() { await take(readable(batch)) }
    }

    private typealias Item = (delivery: Delivery, message: SeatMessage)

    /// Sets aside what is none of ours; gives the rest.
    private func readable(_ batch: [Delivery]) -> [Item] {
        batch.compactMap { delivery in
            do {
                return (delivery, try SeatMessage(try delivery.envelope()))
            } catch {
                delivery.dead("\(error)")
                return nil
            }
        }
    }

    /// Writes a batch, however often it has to be tried.
    private func take(_ items: [Item]) async {
        let (messages, logger) = (items.map(\.message), logger)
        var waitMs = 50
        while !items.isEmpty {
            do throws(PostgresError) {
                let outcomes = try await database.run { (connection) throws(PostgresError) in
                    try connection.take(messages, logger)
                }
                return settle(items, outcomes)
            } catch {
                if error.blamesData { return await split(items, error) }
                logger.warning("seats wait for the database", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .milliseconds(Int.random(in: waitMs / 2...waitMs))) } catch { return }
            waitMs = min(waitMs * 2, 2_000)
        }
    }

    private func settle(_ items: [Item], _ outcomes: [SeatRow.Outcome]) {
        for (item, outcome) in zip(items, outcomes) {
            if case .answered(let answer) = outcome { item.delivery.answer(answer) }
            item.delivery.acknowledge()
        }
        let (new, all) = counters.withLock { $0.count(outcomes) }
        if new.late > 0 { logger.warning("late words about seats passed over", metadata: all.metadata) }
    }

    /// Finds the one message that no database can hold.
    private func split(_ items: [Item], _ error: PostgresError) async {
        guard items.count > 1 else {
            logger.error("a seat's message cannot be kept", metadata: ["error": "\(error)"])
            items.first?.delivery.dead("the database cannot hold it: \(error)")
            return
        }
        await take(Array(items[..<(items.count / 2)]))
        await take(Array(items[(items.count / 2)...]))
    }
}

/// What became of messages about seats since the start.
struct SeatCounters {
    private(set) var written = 0, repeated = 0, granted = 0, lost = 0
    /// Of an earlier epoch; of another owner in the same epoch.
    private(set) var superseded = 0, foreign = 0

    var late: Int { superseded + foreign }

    /// - Returns: those of this batch, and all.
    mutating func count(_ outcomes: [SeatRow.Outcome]) -> (new: SeatCounters, all: SeatCounters) {
        var new = SeatCounters()
        for outcome in outcomes {
            new.add(outcome)
            add(outcome)
        }
        return (new, self)
    }

    private mutating func add(_ outcome: SeatRow.Outcome) {
        switch outcome {
        case .written: written += 1
        case .repeated: repeated += 1
        case .superseded: superseded += 1
        case .foreign: foreign += 1
        case .answered(let answer): if case .granted = answer.outcome { granted += 1 } else { lost += 1 }
        }
    }

    var metadata: Logger.Metadata {
        [
            "superseded": "\(superseded)", "foreign": "\(foreign)", "written": "\(written)", "repeated": "\(repeated)",
            "granted": "\(granted)", "lost": "\(lost)",
        ]
    }
}
