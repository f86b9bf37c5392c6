import ChaosHarness
import LocalHouse
import Testing

/// Faults of real servers and processes while two thousand events of two hundred calls flow: each event in the log once
/// and in order, one final entry a call. `make chaos` has the long form, and the rows that take longer: those that wait
/// for time limits (frozen, half open, a disk that fills), and those that the bus' own tests show in short.
@Suite(ChaosStage(), .serialized) struct ChaosTests {
    @Test(.timeLimit(.minutes(2)), arguments: ChaosRow.bus.filter(\.isQuick))
    func nothingIsLostOrDoubled(_ row: ChaosRow) async throws {
        let outcome = await ChaosStage.house.run(row)
        #expect(outcome.isRight, "\(outcome.line), seed \(ChaosStage.seed)")
    }
}

extension ChaosRow: CustomTestStringConvertible {
    public var testDescription: String { name }
}

/// Broker, database and two journals around the suite.
struct ChaosStage: SuiteTrait, TestScoping {
    static let seed = UInt64.random(in: 1...9_999)
    @TaskLocal static var current: ChaosHouse?
    static var house: ChaosHouse {
        guard let current else { preconditionFailure("the suite has no ChaosStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let house = try await ChaosHouse.start(.short(seed: Self.seed))
        try await Self.$current.withValue(house) { try await body() }
        await house.stop()
    }
}
