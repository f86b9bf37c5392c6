import BusContract
import Foundation
import LocalHouse
import TelephonyModel

/// A publisher that reads all events too, a journal, and an owner of seats, at work for many events, then ended in an
/// orderly way: a build with the leak sanitizer says at each one's end what nobody could reach any more. What is
/// reachable and grows shows in the memory that they use.
public struct LeakCheck: Sendable {
    private let workload: Workload
    private let rate: Int
    private static let seats = 100
    /// MiB that a process may grow by between a quarter of the events and their end.
    private static let growthLimit = 32.0

    public init(workload: Workload, rate: Int) { (self.workload, self.rate) = (workload, rate) }

    public func run() async throws -> ChaosRow.Outcome {
        let house = try await House.start([.broker, .database])
        do {
            let outcome = try await run(house)
            await house.stop()
            return outcome
        } catch {
            await house.stop()
            throw error
        }
    }

    private func run(_ house: House) async throws -> ChaosRow.Outcome {
        let journal = try await ServiceProcess(
            "journal", busURL: house.broker.url(for: "journal"),
            settings: "database:\n  url: \(house.database.url("journal"))", folder: house.folder.path)
        var run = PublisherRun(
            busURL: house.broker.url(for: "signaling"), instance: "p0", workload: workload, part: 0, parts: 1,
            rate: rate)
        run.listensAt = house.broker.url(for: "tap")
        run.outbox = try house.folder.folder("outbox")
        let publisher = try PublisherProcess(run, folder: house.folder.path)
        let claimer = try await SeatClaimer("seats", busURL: house.broker.url(for: "signaling"))
        try await work(claimer)
        while publisher.progress.sent < workload.events / 4, publisher.child.exit == nil {
            try await Task.sleep(for: .milliseconds(100))
        }
        let pids = [publisher.child.pid, journal.child.pid]
        let early = pids.map(Self.mebibytes)
        var late = early
        while publisher.child.exit == nil {
            late = zip(pids, late).map { Self.mebibytes($0) ?? $1 }
            try await Task.sleep(for: .milliseconds(100))
        }
        let exits = [publisher.child.exit, try await end(journal, house.database)]
        await claimer.bus.close()
        return outcome(exits, early, late)
    }

    /// Claims, checkpoints and ends.
    private func work(_ claimer: SeatClaimer) async throws {
        for number in 0..<Self.seats {
            let seat = UserID(unchecked: "seat-\(number)")
            claimer.claim(seat)
            for revision in 1...8 { claimer.write(seat, 1, revision) }
            claimer.end(seat, 1, 9)
        }
        try await claimer.waitForConfirms(Self.seats * 10)
    }

    /// Stops it when it has everything.
    private func end(_ journal: ServiceProcess, _ database: PostgresServer) async throws -> Child.Exit? {
        let limit = ContinuousClock.now + .seconds(120)
        let query = "SELECT count(*) FROM entries WHERE final AND call LIKE '\(workload.prefix)%'"
        while Int(try await database.sql(query, database: "journal")) != workload.calls, ContinuousClock.now < limit {
            try await Task.sleep(for: .milliseconds(500))
        }
        return await journal.child.stop(limit: .seconds(60))
    }

    private func outcome(_ exits: [Child.Exit?], _ early: [Double?], _ late: [Double?]) -> ChaosRow.Outcome {
        let growth = zip(early, late).map { ($1 ?? .infinity) - ($0 ?? 0) }
        let words = zip(["publisher", "journal"], zip(exits, zip(late, growth))).map { name, facts in
            let (exit, (size, grown)) = facts
            let end = exit.map { "\($0)" } ?? "not ended"
            return "\(name): \(end), \(rounded(size ?? 0)) MiB, \(rounded(grown)) more than at a quarter"
        }
        let isRight = exits.allSatisfy { $0 == .status(0) } && growth.allSatisfy { $0 < Self.growthLimit }
        return ChaosRow.Outcome(
            line: "leaks \(isRight ? "none" : "FOUND") events=\(workload.events) \(words.joined(separator: "; "))",
            isRight: isRight)
    }

    private static func mebibytes(_ pid: Int32) -> Double? {
        ProcessFigures.residentBytes(pid).map { Double($0) / 1_048_576 }
    }
}
