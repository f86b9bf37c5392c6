import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel
import Testing

/// What is said about seats, against a real broker, a real database and real journals, one test after the other.
@Suite(SeatStage(), .serialized) struct SeatTests {}

/// Broker and database around the suite. Each test starts its own journals and has seats of its own.
struct SeatStage: SuiteTrait, TestScoping {
    @TaskLocal static var current: House?
    static var house: House {
        guard let current else { preconditionFailure("the suite has no SeatStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let house = try await House.start([.broker, .database])
        do {
            try await Self.$current.withValue(house) { try await body() }
            await house.stop()
        } catch {
            await house.stop()
            throw error
        }
    }

    static func journal(_ instance: String) async throws -> ServiceProcess {
        try await ServiceProcess(
            "journal", instance: instance, busURL: house.broker.url(for: "journal"),
            settings: "database:\n  url: \(house.database.url("journal"))", folder: house.folder.path)
    }

    /// Answers a number that the journal's database tells.
    static func count(_ query: String) async throws -> Int {
        Int(try await house.database.sql(query, database: "journal")) ?? -1
    }

    /// Holds up every write to table `seats`, and no read, until the caller lets go.
    static func holdWrites() async throws -> WriteHold { try await WriteHold(house.database) }
}

/// A lock on table `seats` that readers do not feel.
struct WriteHold {
    private let database: PostgresServer
    private let session: Task<Void, Never>

    fileprivate init(_ database: PostgresServer) async throws {
        self.database = database
        session = Task {
            do {
                try await database.sql(
                    "BEGIN; LOCK TABLE seats IN SHARE MODE; SELECT pg_sleep(60)", database: "journal")
            } catch {}  // Ended by `release`.
        }
        _ = try await wait("granted AND mode = 'ShareLock'")
    }

    /// Waits until a journal has read its rows and stands before its write; answers its session, which is not `other`.
    func waitForWriter(notOf other: Int = 0) async throws -> Int {
        try await wait("NOT granted AND pid <> \(other)")
    }

    private func wait(_ which: String) async throws -> Int {
        let query = "SELECT coalesce(min(pid), 0) FROM pg_locks WHERE relation = 'seats'::regclass AND \(which)"
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let session = try await SeatStage.count(query)
            if session > 0 { return session }
            try #require(ContinuousClock.now < end, "no session that is \(which)")
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func release() async throws {
        try await database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' "
                + "AND pid <> pg_backend_pid()", database: "journal")
        await session.value
    }
}

/// One replica of signaling, as far as the seats' road knows it.
final class Claimer: Sendable {
    let bus: Bus
    let owner: SeatOwner
    let answers = Inbox<SeatClaim.Answer>()
    private let kept = Mutex((yes: 0, no: 0))

    init(_ instance: String) async throws {
        var logger = Logger(label: instance)
        logger.logLevel = .error
        owner = SeatOwner(instance: InstanceID(unchecked: instance), incarnation: uuid7())
        bus = Bus(
            BusSettings(
                url: SeatStage.house.broker.url(for: "signaling"), service: "signaling", instance: owner.instance),
            logger: logger)
        let answers = answers
        bus.onClaimAnswer { answers.add($0) }
        try await bus.open()
    }

    func claim(_ seat: UserID, after epoch: Int? = nil, as name: String = uuid7()) {
        bus.claim(SeatClaim(seat: seat, claim: name, owner: owner, follows: epoch)) { self.keep($0) }
    }

    func write(_ seat: UserID, _ epoch: Int, _ revision: Int) {
        let value = SeatValue(text: #"{"revision":\#(revision)}"#, calls: [CallID(unchecked: "c-\(revision)")])
        let checkpoint = SeatCheckpoint(seat: seat, epoch: epoch, revision: revision, owner: owner, value: value)
        bus.write(checkpoint) { self.keep($0) }
    }

    func end(_ seat: UserID, _ epoch: Int, _ revision: Int) {
        bus.end(SeatEnd(seat: seat, epoch: epoch, revision: revision, owner: owner)) { self.keep($0) }
    }

    /// Waits until the broker has so many messages of this claimer; none may have been dropped.
    func waitForConfirms(_ count: Int) async throws {
        try await until(.seconds(30)) { self.kept.withLock { $0.yes + $0.no } >= count }
        #expect(kept.withLock { $0 } == (count, 0))
    }

    private func keep(_ yes: Bool) { kept.withLock { if yes { $0.yes += 1 } else { $0.no += 1 } } }

    /// The first answer about this seat from the `number`-th on.
    func answer(_ seat: UserID, _ number: Int = 0) async throws -> SeatClaim.Outcome? {
        try await until(.seconds(30)) { self.outcomes(seat).count > number }
        let all = outcomes(seat)
        return all.count > number ? all[number] : nil
    }

    func outcomes(_ seat: UserID) -> [SeatClaim.Outcome] {
        answers.all.filter { $0.seat == seat }.map(\.outcome)
    }

    /// Seats and epochs that it was granted, each once however often it heard.
    var grants: [UserID: Set<Int>] {
        var grants: [UserID: Set<Int>] = [:]
        for answer in answers.all {
            if case .granted(let epoch, _) = answer.outcome { grants[answer.seat, default: []].insert(epoch) }
        }
        return grants
    }
}
