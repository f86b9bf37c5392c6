import ArgumentParser

/// `make bench`: what a call costs, against a peer or against the bare broker in the same run. One line a figure.
@main
struct RufbusBench: AsyncParsableCommand {
    enum Part: String, CaseIterable, ExpressibleByArgument { case calls, setup, memory }

    static let configuration = CommandConfiguration(commandName: "rufbus-bench")
    @Argument(help: "What to measure; all parts without it.") var parts: [Part] = []
    @Option(help: "Rounds of the parts that compare; the median counts.") var rounds = 3

    func run() async throws {
        let wanted = parts.isEmpty ? Part.allCases : parts
        for part in wanted {
            let stage = try await BenchStage.start()
            do {
                switch part {
                case .calls: try await CallsBench(stage: stage, rounds: rounds).run()
                case .setup: try await SetupBench(stage: stage).run()
                case .memory: try await MemoryBench(stage: stage).run()
                }
            } catch {
                await stage.house.stop()
                throw error
            }
            await stage.house.stop()
        }
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
