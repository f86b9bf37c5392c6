import ArgumentParser

/// `make bench`: what a call costs, against a peer or against the bare broker in the same run. One line a figure.
@main
struct RufbusBench: AsyncParsableCommand {
    enum Part: String, CaseIterable, ExpressibleByArgument { case core, calls, setup, memory, bus, journal }

    static let configuration = CommandConfiguration(commandName: "rufbus-bench")
    @Argument(help: "What to measure; all parts without it.") var parts: [Part] = []
    @Option(help: "Rounds of the parts that compare; the median counts.") var rounds = 3

    func run() async throws {
        let wanted = parts.isEmpty ? Part.allCases : parts
        for part in wanted {
            switch part {
            case .core: CoreBench.run(rounds: rounds)
            case .calls: try await onStage { try await CallsBench(stage: $0, rounds: rounds).run() }
            case .setup: try await onStage { try await SetupBench(stage: $0).run() }
            case .memory: try await onStage { try await MemoryBench(stage: $0).run() }
            case .bus: try await BusBench.run(rounds: rounds)
            case .journal: try await JournalBench.run(rounds: rounds)
            }
        }
    }

    /// With all services.
    private func onStage(_ work: (BenchStage) async throws -> Void) async throws {
        let stage = try await BenchStage.start()
        do { try await work(stage) } catch {
            await stage.house.stop()
            throw error
        }
        await stage.house.stop()
    }
}

/// One measured number.
struct Figure {
    var name: String
    var value: Double
    var unit: String
    var against: (name: String, value: Double)?

    func print() {
        let peer = against.map { " against=\($0.name) ratio=\(text(value / $0.value))" } ?? " against=none ratio=-"
        Swift.print("figure \(name) value=\(text(value)) unit=\(unit)\(peer)")
    }

    private func text(_ number: Double) -> String {
        let thousandths = (number * 1_000).rounded() / 1_000
        return "\(thousandths)"
    }
}

/// - Parameter values: at least one.
func median(_ values: [Double]) -> Double { percentile(values, 50) }

/// The smallest value that at least `percent` of all do not exceed.
func percentile(_ values: [Double], _ percent: Double) -> Double {
    let sorted = values.sorted()
    let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
}
