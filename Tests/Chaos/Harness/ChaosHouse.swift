import BusContract
import Foundation
import LocalHouse
import Synchronization

/// A real broker, a real database and two journals, with a relay on the way to either server.
public final class ChaosHouse: Sendable {
    let form: Form
    let house: House
    let busRelay: Relay, databaseRelay: Relay
    /// By instance.
    private let journals = Mutex<[String: ServiceProcess]>([:])
    /// RabbitMQ 3.10 writes the directory of its quorum queues with some seconds' delay: killed before, it comes back
    /// without them.
    private static let untilQueuesAreWritten = Duration.seconds(6)

    public static func start(_ form: Form) async throws -> ChaosHouse {
        let house = try await House.start([.broker, .database])
        do {
            let chaos = try ChaosHouse(form, house)
            try await house.database.keepCommitTimes()
            try await chaos.startJournals(relayed: false)
            try await house.database.markStoring()
            try await Task.sleep(for: untilQueuesAreWritten)
            return chaos
        } catch {
            await house.stop()
            throw error
        }
    }

    private init(_ form: Form, _ house: House) throws(HouseError) {
        (self.form, self.house) = (form, house)
        busRelay = try Relay(to: house.broker.port)
        databaseRelay = try Relay(to: house.database.port)
    }

    public func stop() async {
        for journal in journals.withLock({ $0.values.map { $0 } }) {
            journal.child.thaw()
            await journal.kill()
        }
        busRelay.stop()
        databaseRelay.stop()
        await house.stop()
    }

    public var database: PostgresServer { house.database }
    var broker: Broker { house.broker }

    // MARK: Journals

    static let journalInstances = ["j1", "j2"]

    func stopJournals() async {
        for journal in journals.withLock({ $0.values.map { $0 } }) {
            journal.child.thaw()
            await journal.stop()
        }
    }

    /// Ends those that run, starts both: then the first one stores, and the other one waits, since each queue has a
    /// single active consumer.
    /// - Parameter relayed: whether their ways to broker and database lead through the relays.
    func startJournals(relayed: Bool) async throws {
        for instance in Self.journalInstances {
            if let journal = journals.withLock({ $0[instance] }) {
                journal.child.thaw()
                await journal.stop()
            }
            try await startJournal(instance, relayed: relayed)
        }
    }

    func startJournal(_ instance: String, relayed: Bool = false) async throws {
        let database = house.database.url("journal", through: relayed ? databaseRelay.port : nil)
        let journal = try await ServiceProcess(
            "journal", instance: instance,
            busURL: house.broker.url(for: "journal", through: relayed ? busRelay.port : nil),
            settings: "database:\n  url: \(database)", folder: house.folder.path)
        journals.withLock { $0[instance] = journal }
    }

    func journal(_ instance: String) throws(HouseError) -> ServiceProcess {
        guard let journal = journals.withLock({ $0[instance] }) else { throw HouseError("\(instance) was not started") }
        return journal
    }

    /// Counts every entry again from its events, as an administrator would.
    public func verify() async -> ChaosRow.Outcome {
        let begin = ContinuousClock.now
        do {
            let tool = try Child(
                "verify", Build.executable("rufbus-journal"),
                ["verify", "--config", "\(house.folder.path)/journal-\(Self.journalInstances[0]).yaml"],
                environment: ["PATH": "/usr/bin:/bin"], folder: house.folder.path)
            let exit = await tool.wait(limit: .seconds(900))
            if exit == nil { await tool.kill() }
            let time = rounded((ContinuousClock.now - begin) / .seconds(1))
            return ChaosRow.Outcome(line: "verify \(tool.logTail(1)) time=\(time)s", isRight: exit == .status(0))
        } catch { return ChaosRow.Outcome(line: "verify FAILED: \(error)", isRight: false) }
    }

    // MARK: Publishers

    func startPublishers(_ workload: Workload, _ row: ChaosRow) throws -> [PublisherProcess] {
        try (0..<2).map { part in
            var run = publisherRun(workload, part, relayed: row.relayed)
            switch row.outbox {
            case .none: return try PublisherProcess(run, folder: house.folder.path)
            case .folder:
                run.outbox = try house.folder.folder("outbox-\(row.name)-\(part)")
                return try PublisherProcess(run, folder: house.folder.path)
            case .disk(let size):
                run.outbox = try house.folder.folder("outbox-\(row.name)-\(part)")
                return try PublisherProcess(run, folder: house.folder.path, disk: size)
            }
        }
    }

    /// Processes that take over the outbox files of killed publishers, and say nothing else.
    func startHeirs(_ workload: Workload) throws -> [PublisherProcess] {
        try (0..<2).map { part in
            var run = publisherRun(workload, part, relayed: false)
            (run.rate, run.outbox) = (0, "\(house.folder.path)/outbox-\(workload.name)-\(part)")
            return try PublisherProcess(run, folder: house.folder.path)
        }
    }

    private func publisherRun(_ workload: Workload, _ part: Int, relayed: Bool) -> PublisherRun {
        PublisherRun(
            busURL: broker.url(for: "signaling", through: relayed ? busRelay.port : nil), instance: "p\(part)",
            workload: workload, part: part, parts: 2, rate: form.rate)
    }

    /// When the database began to store the first event after a moment, both by this machine's clock.
    func firstStored(after moment: Date) async throws(HouseError) -> Date? {
        let seconds = try await database.sql(
            "SELECT extract(epoch FROM min(stored_at)) FROM events "
                + "WHERE stored_at > to_timestamp(\(moment.timeIntervalSince1970))", database: "journal")
        return Double(seconds).map { Date(timeIntervalSince1970: $0) }
    }
}
