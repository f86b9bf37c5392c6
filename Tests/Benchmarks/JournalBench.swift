import BusClient
import BusContract
import ChaosHarness
import Foundation
import LocalHouse

/// What an event costs in the journal and in the database, the journal on one core with a full queue before it; against
/// bare libpq that inserts the same rows, a hundred a transaction, without folding them.
struct JournalBench {
    let house: House
    private static let calls = 2_000
    private static let events = calls * Workload.eventsPerCall
    /// Workloads of 100,000 events together.
    private static let memoryRounds = 5
    /// Hundred thousands of events: what leaks grows with each of them; what fills, or lies about free, comes and goes.
    private static let memoryParts = 4
    /// MiB that resident memory sways by when nothing leaks.
    private static let memoryLimit = 5.0

    private struct Round { var journal: Double, database: Double, seconds: Double, peer: Double, peerDatabase: Double }

    static func run(rounds: Int) async throws {
        let house = try await House.start([.broker, .database])
        do { try await JournalBench(house: house).run(rounds) } catch {
            await house.stop()
            throw error
        }
        await house.stop()
    }

    private func run(_ rounds: Int) async throws {
        try await journal().stop()  // Its schema is there now.
        var all: [Round] = []
        for number in 1...rounds { all.append(try await round(number)) }
        func middle(_ part: (Round) -> Double) -> Double { median(all.map(part)) }
        Figure(
            name: "journal.events", value: 1_000_000 / middle(\.journal), unit: "events/core-second",
            against: ("libpq", 1_000_000 / middle(\.peer))
        ).print()
        Figure(name: "journal.wall", value: middle { Double(Self.events) / $0.seconds }, unit: "events/s").print()
        Figure(
            name: "journal.database", value: middle(\.database), unit: "us/event",
            against: ("libpq", middle(\.peerDatabase))
        ).print()
        try await memory()
    }

    private func round(_ number: Int) async throws -> Round {
        try await say(Workload(name: "round-\(number)", seed: 1, calls: Self.calls))
        let server = house.database.server?.pid ?? 0
        let before = CPUMeter.tree(server)
        let journal = try await journal(core: 1)
        try await stored("round-\(number)")
        let used = CPUMeter.milliseconds(journal.cpuTime ?? .zero) * 1_000 / Double(Self.events)
        let database = (CPUMeter.tree(server) - before) * 1_000 / Double(Self.events)
        await journal.stop()
        let (peer, peerDatabase) = try await peer(server)
        return Round(
            journal: used, database: database, seconds: try await seconds("round-\(number)"), peer: peer,
            peerDatabase: peerDatabase)
    }

    private func peer(_ server: Int32) async throws -> (own: Double, database: Double) {
        let rows = try RowsPeer(house.database.adminURL("journal"), limit: Self.events)
        let (own, database) = (ownMicroseconds(), CPUMeter.tree(server))
        let count = Double(try await rows.insert(batch: 100))
        return ((ownMicroseconds() - own) / count, (CPUMeter.tree(server) - database) * 1_000 / count)
    }

    private func journal(core: Int? = nil) async throws -> ServiceProcess {
        try await ServiceProcess(
            "journal", busURL: house.broker.url(for: "journal"),
            settings: "database:\n  url: \(house.database.url("journal"))", folder: house.folder.path, core: core)
    }

    /// All events of the workload are in the broker's queues when this returns.
    private func say(_ workload: Workload) async throws {
        let signaling = BusBench.bus(house, "signaling")
        try await signaling.open()
        let confirmed = Collected()
        for event in workload.events(of: 0, parts: 1) { event.publish(on: signaling) { _ in confirmed.add(0) } }
        let end = ContinuousClock.now + .seconds(120)
        while confirmed.all.count < workload.events {
            guard ContinuousClock.now < end else { throw HouseError("the broker does not confirm") }
            try await Task.sleep(for: .milliseconds(20))
        }
        await signaling.close()
    }

    /// Waits until each call of the workload has its final entry.
    private func stored(_ name: String) async throws {
        let end = ContinuousClock.now + .seconds(120)
        let question = "SELECT count(*) FROM entries WHERE final AND call LIKE '\(name)-%'"
        while try await house.database.sql(question, database: "journal") != "\(Self.calls)" {
            guard ContinuousClock.now < end else { throw HouseError("the journal has not stored \(name)") }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// From the first to the last commit.
    private func seconds(_ name: String) async throws -> Double {
        let text = try await house.database.sql(
            "SELECT extract(epoch FROM max(stored_at) - min(stored_at)) FROM events WHERE call LIKE '\(name)-%'",
            database: "journal")
        guard let seconds = Double(text) else { throw HouseError("no events of \(name)") }
        return seconds
    }

    /// The journal's resident memory after each 100,000 events; the last against the first.
    private func memory() async throws {
        let journal = try await journal()
        var sizes: [Double] = []
        for part in 0..<Self.memoryParts {
            let size = try await mebibytes(journal, after: part * Self.memoryRounds..<(part + 1) * Self.memoryRounds)
            let before = sizes.last.map { ("100000-events-before", $0) }
            Figure(name: "journal.memory.\(part + 1)00000", value: size, unit: "MiB", against: before).print()
            sizes.append(size)
        }
        await journal.stop()
        let growth = sizes[sizes.count - 1] - sizes[0]
        guard growth < Self.memoryLimit else {
            throw HouseError("grew by \(growth) MiB in \((Self.memoryParts - 1) * 100_000) events")
        }
    }

    private func mebibytes(_ journal: ServiceProcess, after rounds: Range<Int>) async throws -> Double {
        for number in rounds {
            try await say(Workload(name: "memory-\(number)", seed: 1, calls: Self.calls))
            try await stored("memory-\(number)")
        }
        return try await settledMebibytes(journal)
    }

    /// Freed memory goes back by itself every 20 s.
    private func settledMebibytes(_ journal: ServiceProcess) async throws -> Double {
        try await Task.sleep(for: .seconds(25))
        return Double(journal.residentBytes ?? 0) / 1_048_576
    }
}
