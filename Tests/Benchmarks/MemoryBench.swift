import Foundation
import LocalHouse

/// Resident memory of each service after 500 calls, against what it was after the first hundred.
struct MemoryBench {
    let stage: BenchStage

    func run() async throws {
        try await calls(100)
        let first = resident()
        try await calls(400)
        for (name, bytes) in resident().sorted(by: { $0.key < $1.key }) {
            let before = first[name] ?? 0
            Figure(
                name: "memory.\(name)", value: mebibytes(bytes), unit: "MiB",
                against: ("after-100-calls", mebibytes(before))
            ).print()
        }
    }

    private func calls(_ count: Int) async throws {
        let load = Load(
            house: stage.house, answerPort: stage.trunkPort, calls: count, rate: 50, atOnce: 10, talkMs: 1_000)
        let answering = try load.answering(legs: count)
        let calling = try load.calling(port: stage.house.sipPort)
        try await Load.finish(calling, within: .seconds(180))
        try await Load.finish(answering, within: .seconds(20))
        // What a finished call leaves for repeated requests is forgotten after a minute; here it is part of the figure.
        try await Task.sleep(for: .seconds(2))
    }

    private func resident() -> [String: Int] {
        var bytes: [String: Int] = [:]
        for service in stage.house.services { bytes[service.service] = service.residentBytes }
        return bytes
    }

    private func mebibytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }
}
