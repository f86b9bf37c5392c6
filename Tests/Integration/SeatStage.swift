import ChaosHarness
import LocalHouse
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

    /// One replica of signaling, as far as the seats' road knows it.
    static func claimer(_ instance: String) async throws -> SeatClaimer {
        try await SeatClaimer(instance, busURL: house.broker.url(for: "signaling"))
    }
}
