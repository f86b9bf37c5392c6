import Foundation
import LocalHouse

/// CPU per call of each service, broker and database. Follow-Me (one INVITE in, one out) stands against Sippy's
/// `b2bua_simple` with the same sipp scenarios, in turn; call-back stands alone.
struct CallsBench {
    let stage: BenchStage
    let rounds: Int
    private static let rates = [5, 10, 25]
    private static let seconds = 10
    private static let talkMs = 3_000

    func run() async throws {
        let sippy = try await Sippy.start(house: stage.house, next: stage.trunkPort)
        for rate in Self.rates { try await followMe(rate, sippy) }
        await sippy.child.kill()
        let callBack = try await CallBack(stage: stage)
        for rate in Self.rates { try await self.callBack(rate, callBack) }
    }

    private func load(_ rate: Int) -> Load {
        Load(
            house: stage.house, answerPort: stage.trunkPort, calls: rate * Self.seconds, rate: rate, atOnce: nil,
            talkMs: Self.talkMs)
    }

    private func followMe(_ rate: Int, _ sippy: Sippy) async throws {
        let load = load(rate)
        var ours: [[String: Double]] = []
        var peers: [Double] = []
        for _ in 0..<rounds {
            let meter = CPUMeter(stage.house)
            try await through(load, stage.house.sipPort)
            ours.append(meter.used())
            let before = CPUMeter.tree(sippy.child.pid)
            try await through(load, sippy.port)
            peers.append((CPUMeter.tree(sippy.child.pid) - before) / Double(load.calls))
        }
        report("calls", rate, perCall(ours, load), peer: ("sippy", median(peers)))
        Figure(name: "calls.sippy.\(rate)", value: median(peers), unit: "ms/call").print()
    }

    private func through(_ load: Load, _ port: UInt16) async throws {
        let answering = try await load.answering(legs: load.calls)
        let calling = try load.calling(port: port)
        try await Load.finish(calling, within: .seconds(90))
        try await Load.finish(answering, within: .seconds(20))
    }

    private func callBack(_ rate: Int, _ callBack: CallBack) async throws {
        let load = load(rate)
        var ours: [[String: Double]] = []
        for _ in 0..<rounds {
            let meter = CPUMeter(stage.house)
            let answering = try await load.answering(legs: load.calls * 2)
            try await callBack.make(load.calls, rate: rate)
            try await Load.finish(answering, within: .seconds(60))
            ours.append(meter.used())
        }
        report("callback", rate, perCall(ours, load), peer: nil)
    }

    private func perCall(_ runs: [[String: Double]], _ load: Load) -> [String: Double] {
        var medians: [String: Double] = [:]
        for name in runs[0].keys {
            medians[name] = median(runs.compactMap { $0[name] }.map { $0 / Double(load.calls) })
        }
        return medians
    }

    /// Signaling does what Sippy does; the others have no peer.
    private func report(_ what: String, _ rate: Int, _ times: [String: Double], peer: (name: String, value: Double)?) {
        for (name, value) in times.sorted(by: { $0.key < $1.key }) {
            let against = name == "signaling" ? peer : nil
            Figure(name: "\(what).\(name).\(rate)", value: value, unit: "ms/call", against: against).print()
        }
    }
}
