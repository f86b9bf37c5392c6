import Foundation
import Testing

@testable import CallControl
@testable import Simulator

/// A hundred thousand random worlds; each seed is one of them.
/// `SEED=…` replays one with its trace, `COUNT=…` sets how many, `PAIRS=1` prints how often each pair was reached.
@Test func everyScheduleHolds() async {
    let settings = ProcessInfo.processInfo.environment
    if let text = settings["SEED"] {
        guard let seed = UInt64(text) else {
            Issue.record("SEED=\(text) is no number")
            return
        }
        return report(Outcome(seed...seed, isTraced: true))
    }
    let usual: UInt64 = 100_000
    let count = settings["COUNT"].flatMap { UInt64($0) } ?? usual
    let outcome = await outcome(of: count)
    report(outcome)
    if settings["PAIRS"] != nil {
        print(outcome.coverage.reached.map { "\($0): \(outcome.coverage[$0])" }.joined(separator: "\n"))
    }
    // Fewer leave out what is rare.
    if count >= usual { argue(outcome.coverage) }
}

private func outcome(of count: UInt64) async -> Outcome {
    let size = max(1, min(500, count))
    return await withTaskGroup(of: Outcome.self) { group in
        for first in stride(from: 1, through: count, by: Int(size)) {
            group.addTask { Outcome(first...min(count, first + size - 1), isTraced: false) }
        }
        return await group.reduce(into: Outcome()) { $0.add($1) }
    }
}

/// What came of some seeds.
private struct Outcome: Sendable {
    var schedules = 0
    var events = 0
    var coverage = Coverage()
    var failures: [(seed: UInt64, problems: [String])] = []

    init() {}

    init(_ seeds: ClosedRange<UInt64>, isTraced: Bool) {
        let view = InsideView()
        for seed in seeds {
            let world = World(seed: seed, isTraced: isTraced)
            world.witnesses = [view]
            let problems = world.run()
            schedules += 1
            events += world.events
            if !problems.isEmpty { failures.append((seed, problems)) }
        }
        coverage = view.coverage
    }

    mutating func add(_ other: Outcome) {
        schedules += other.schedules
        events += other.events
        coverage.add(other.coverage)
        failures += other.failures
    }
}

private func report(_ outcome: Outcome) {
    for failure in outcome.failures.sorted(by: { $0.seed < $1.seed }).prefix(10) {
        Issue.record("\(failure.problems.joined(separator: "\n"))\nSEED=\(failure.seed) make test-simulation")
    }
    print(
        "simulation: \(outcome.schedules) schedules, \(outcome.events) events, \(outcome.coverage.reached.count) of "
            + "\(Coverage.all.count) pairs of phase and event reached, \(outcome.failures.count) failed")
}

/// A pair that no schedule reaches has its reason in `Unreached`, and only such a pair.
private func argue(_ coverage: Coverage) {
    let unargued = coverage.unreached.filter { Unreached.reason(for: $0) == nil && !Unreached.isRare($0) }
    #expect(unargued.isEmpty, "unreached, and nobody says why: \(unargued)")
    let wrong = coverage.reached.filter { Unreached.reason(for: $0) != nil }
    #expect(wrong.isEmpty, "reached, although it is said to be impossible: \(wrong)")
}
