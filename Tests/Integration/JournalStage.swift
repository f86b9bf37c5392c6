import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel
import Testing

/// Two journals at once against real servers, one test after the other: they share queues and tables.
@Suite(JournalStage(), .serialized) struct TwoJournalsTests {}

/// Broker, database and two journals around a suite, and a tap.
struct JournalStage: SuiteTrait, TestScoping {
    @TaskLocal static var current: TwoJournals?
    static var journals: TwoJournals {
        guard let current else { preconditionFailure("the suite has no JournalStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let house = try await House.start([.broker, .database])
        do {
            let journals = try await TwoJournals(house)
            try await Self.$current.withValue(journals) { try await body() }
            await journals.stop()
            await house.stop()
        } catch {
            await house.stop()
            throw error
        }
    }
}

final class TwoJournals: Sendable {
    /// How long they wait for missing events.
    static let gapSeconds = 1
    let house: House
    let told = Inbox<JournalEntry>(), dead = Inbox<DeadMessage>()
    private let tap: Bus
    private let running = Mutex<[String: ServiceProcess]>([:])

    init(_ house: House) async throws {
        self.house = house
        var logger = Logger(label: "tap")
        logger.logLevel = .error
        let settings = BusSettings(
            url: house.broker.url(for: "tap"), service: "tap", instance: InstanceID(unchecked: "t1"))
        tap = Bus(settings, logger: logger, passive: true)
        let (told, dead) = (told, dead)
        tap.listen(["journal.*.written.#"]) { Self.read($0) { told.add($0) } }
        tap.listen(["#"], exchange: Topology.dead) { Self.read($0) { dead.add($0) } }
        try await start("a1")
        try await start("b1")
        try await tap.open()
    }

    private static func read<P: Codable & Sendable>(_ received: Received, _ add: (P) -> Void) {
        do { add(try received.data(P.self)) } catch { Issue.record("\(received.type) cannot be read: \(error)") }
    }

    @discardableResult
    func start(_ instance: String) async throws -> ServiceProcess {
        let process = try await ServiceProcess(
            "journal", instance: instance, busURL: house.broker.url(for: "journal"), settings: settings,
            folder: house.folder.path)
        running.withLock { $0[instance] = process }
        return process
    }

    /// The first of them reads, the other one waits.
    func process(_ instance: String) -> ServiceProcess {
        guard let process = running.withLock({ $0[instance] }) else { preconditionFailure("\(instance) does not run") }
        return process
    }

    func stop() async {
        await tap.close()
        for process in running.withLock({ Array($0.values) }) { await process.stop() }
    }

    private var settings: String {
        "database: {url: \"\(house.database.url("journal"))\"}\ngap: {seconds: \(Self.gapSeconds)}"
    }

    // MARK: What an administrator sees

    @discardableResult
    func sql(_ text: String) async throws -> String { try await house.database.sql(text, database: "journal") }

    func count(_ rows: String) async throws -> Int { Int(try await sql("SELECT count(*) FROM \(rows)")) ?? -1 }

    func events(of calls: [JournalCall]) async throws -> Int {
        try await count("events WHERE NOT type LIKE '%journal%' AND call IN (\(Self.list(calls)))")
    }

    func finals(of calls: [JournalCall]) async throws -> Int {
        try await count("entries WHERE final AND call IN (\(Self.list(calls)))")
    }

    private static func list(_ calls: [JournalCall]) -> String {
        calls.map { "'\($0.call.call)'" }.joined(separator: ",")
    }

    /// `rufbus …` with the journal's settings, as the shell would run it; standard output and error together.
    func rufbus(_ words: String, busUser: String = "journal") async throws -> (exit: Child.Exit?, text: String) {
        let child = try start(rufbus: words, busUser: busUser)
        // Under the thread sanitizer all of the suite's events take half a minute to count.
        let exit = await child.wait(limit: .seconds(90))
        if exit == nil { await child.kill() }
        return (exit, child.logText)
    }

    func start(rufbus words: String, busUser: String = "journal") throws -> Child {
        let file = house.folder.path + "/tool.yaml"
        try writeFile(file, settings)
        return try Child(
            "tool-\(UInt32.random(in: 0 ... .max))", try Build.executable("rufbus"),
            words.split(separator: " ").map(String.init) + ["--config", file],
            environment: ["PATH": "/usr/bin:/bin", "RUFBUS_BUS_URL": house.broker.url(for: busUser)],
            folder: house.folder.path)
    }
}
