import Foundation
import LocalHouse

/// Resident memory of each service after 500 calls, ten at a time, against that after the first hundred. Both are
/// read once the SIP library has let go of the last transaction (32 s, RFC 3261 §17) and freed memory has gone back.
struct MemoryBench {
    let stage: BenchStage
    private static let settleSeconds = 60
    private static let limit = 2.0

    func run() async throws {
        try await calls(100)
        let first = resident()
        try await calls(400)
        let last = resident()
        for (name, mebibytes) in last.sorted(by: { $0.key < $1.key }) {
            Figure(
                name: "memory.\(name)", value: mebibytes, unit: "MiB", against: ("after-100-calls", first[name] ?? 0)
            ).print()
        }
        let grown = last.filter { $0.value > (first[$0.key] ?? 0) + Self.limit }.keys.sorted()
        guard grown.isEmpty else {
            throw HouseError("grew by more than \(Self.limit) MiB in 400 calls: \(grown.joined(separator: ", "))")
        }
    }

    private func calls(_ count: Int) async throws {
        let load = Load(
            house: stage.house, answerPort: stage.trunkPort, calls: count, rate: 50, atOnce: 10, talkMs: 1_000)
        let answering = try await load.answering(legs: count)
        let calling = try load.calling(port: stage.house.sipPort)
        try await Load.finish(calling, within: .seconds(180))
        try await Load.finish(answering, within: .seconds(20))
        try await Task.sleep(for: .seconds(Self.settleSeconds))
    }

    /// MiB by service.
    private func resident() -> [String: Double] {
        var sizes: [String: Double] = [:]
        for service in stage.house.services {
            sizes[service.service] = service.residentBytes.map { Double($0) / 1_048_576 }
        }
        return sizes
    }
}
