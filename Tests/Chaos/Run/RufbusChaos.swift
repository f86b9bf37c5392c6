import ArgumentParser
import ChaosHarness
import Foundation

/// `make chaos`: faults of real servers and processes while events flow; one line a row, status 1 if one fails.
@main
struct RufbusChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rufbus-chaos", subcommands: [BusChaos.self, Leaks.self, Publish.self],
        defaultSubcommand: BusChaos.self)
}

/// Bus, database and journal.
struct BusChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bus")
    @Option(help: "Replays a run.") var seed: UInt64?
    @Option(help: "Calls a row, of ten events each.") var calls = 2_000
    @Option(help: "Only rows whose name holds this.") var row = ""
    @Flag(help: "The short form: what make test runs.") var short = false

    private var rows: [ChaosRow] {
        ChaosRow.bus.filter { (row.isEmpty || $0.name.contains(row)) && ($0.isQuick || !short) }
    }

    func run() async throws {
        let seed = self.seed ?? UInt64.random(in: 1...9_999)
        guard !rows.isEmpty else {
            throw ValidationError("no such row; there are \(ChaosRow.bus.map(\.name).joined(separator: ", "))")
        }
        let form = short ? Form.short(seed: seed) : Form.long(seed: seed, calls: calls)
        print("seed \(seed)")
        let house = try await ChaosHouse.start(form)
        var failed: [String] = []
        for row in rows {
            let outcome = await house.run(row)
            print(outcome.line)
            fflush(nil)
            if !outcome.isRight { failed.append(row.name) }
        }
        let verified = await house.verify()
        print(verified.line)
        if !verified.isRight { failed.append("verify") }
        await house.stop()
        guard failed.isEmpty else {
            print("failed: \(failed.joined(separator: ", ")); SEED=\(seed) replays it")
            throw ExitCode(1)
        }
    }
}

/// `make leaks`: what publisher, reader and journal hold after many events.
struct Leaks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "leaks")
    @Option(help: "Of ten events each.") var calls = 10_000
    @Option(help: "Events a second.") var rate = 1_000
    @Option(help: "Replays the events.") var seed: UInt64 = 1

    func run() async throws {
        let outcome = try await LeakCheck(workload: Workload(name: "leaks", seed: seed, calls: calls), rate: rate).run()
        print(outcome.line)
        fflush(nil)  // The sanitizer ends this process before the library would.
        if !outcome.isRight { throw ExitCode(1) }
    }
}

/// A publisher that can be killed.
struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(shouldDisplay: false)
    @Option var bus: String
    @Option var instance: String
    @Option var workload: String
    @Option var seed: UInt64
    @Option var calls: Int
    @Option var part: Int
    @Option var parts: Int
    @Option var rate: Int
    @Option var outbox: String?
    @Option var listenAt: String?

    func run() async throws {
        let workload = Workload(name: workload, seed: seed, calls: calls)
        var run = PublisherRun(
            busURL: bus, instance: instance, workload: workload, part: part, parts: parts, rate: rate)
        (run.outbox, run.listensAt) = (outbox, listenAt)
        try await run.run()
    }
}
