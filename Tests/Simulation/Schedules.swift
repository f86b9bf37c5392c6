import Foundation
import Testing

@testable import CallControl

/// Thousands of random worlds; each seed is one of them.
/// `SEED=…` replays one with its trace, `COUNT=…` sets how many (20,000).
@Test func everyScheduleHolds() async {
    let settings = ProcessInfo.processInfo.environment
    if let text = settings["SEED"] {
        guard let seed = UInt64(text) else {
            Issue.record("SEED=\(text) is no number")
            return
        }
        report([Outcome(seed...seed, isTraced: true)])
        return
    }
    let count = settings["COUNT"].flatMap { UInt64($0) } ?? 20_000
    let size = max(1, min(500, count))
    let outcomes = await withTaskGroup(of: Outcome.self) { group in
        for first in stride(from: 1, through: count, by: Int(size)) {
            group.addTask { Outcome(first...min(count, first + size - 1), isTraced: false) }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
    report(outcomes)
}

/// What came of some seeds.
private struct Outcome: Sendable {
    var schedules = 0
    var durations: [Duration] = []
    var pairs: Set<String> = []
    var failures: [(seed: UInt64, problems: [String])] = []

    init(_ seeds: ClosedRange<UInt64>, isTraced: Bool) {
        for seed in seeds {
            let world = World(seed: seed, isTraced: isTraced)
            let problems = world.run()
            schedules += 1
            durations += world.durations
            pairs.formUnion(world.pairs)
            if !problems.isEmpty { failures.append((seed, problems)) }
        }
    }
}

private func report(_ outcomes: [Outcome]) {
    let failures = outcomes.flatMap(\.failures).sorted { $0.seed < $1.seed }
    for failure in failures.prefix(10) {
        Issue.record("\(failure.problems.joined(separator: "\n"))\nSEED=\(failure.seed) make test-simulation")
    }
    let pairs = outcomes.reduce(into: Set<String>()) { $0.formUnion($1.pairs) }
    let durations = outcomes.flatMap(\.durations).sorted()
    let median = durations.isEmpty ? .zero : durations[durations.count / 2]
    let schedules = outcomes.reduce(0) { $0 + $1.schedules }
    print(
        "simulation: \(schedules) schedules, \(durations.count) events (median \(median / .microseconds(1)) µs each), "
            + "\(pairs.count) (stage x event) pairs reached, \(failures.count) failed")
    if ProcessInfo.processInfo.environment["PAIRS"] != nil { print(pairs.sorted().joined(separator: "\n")) }
}
