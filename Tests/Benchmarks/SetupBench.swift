import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import TelephonyModel

/// How long after a device's 200 the target's INVITE comes: it crosses signaling, the media service's answer is there
/// already. In the same run, how long the broker takes to confirm one durable message.
struct SetupBench {
    let stage: BenchStage
    private static let calls = 300
    private static let rate = 10

    func run() async throws {
        let callBack = try await CallBack(stage: stage)
        let load = Load(
            house: stage.house, answerPort: stage.trunkPort, calls: Self.calls, rate: Self.rate, atOnce: nil,
            talkMs: 1_000, traces: true)
        let answering = try await load.answering(legs: Self.calls * 2)
        async let confirms = confirmTimes()
        try await callBack.make(Self.calls, rate: Self.rate)
        try await Load.finish(answering, within: .seconds(60))
        let trace = try String(contentsOfFile: load.tracePath("answer"), encoding: .utf8)
        try report(Self.setupTimes(in: trace), try await confirms)
    }

    private func report(_ setups: [Double], _ confirms: [Double]) throws {
        guard setups.count == Self.calls else {
            throw HouseError("\(setups.count) of \(Self.calls) calls were found in sipp's trace")
        }
        for percent in [50, 95, 99] {
            let confirm = percentile(confirms, Double(percent))
            Figure(name: "broker.confirm.p\(percent)", value: confirm, unit: "ms").print()
            Figure(
                name: "setup.p\(percent)", value: percentile(setups, Double(percent)), unit: "ms",
                against: ("broker.confirm.p\(percent)", confirm)
            ).print()
        }
    }

    /// One durable message after the other, as long as the calls last.
    private func confirmTimes() async throws -> [Double] {
        let bus = Bus(
            BusSettings(
                url: stage.house.broker.url(for: "admin"), service: "signaling",
                instance: InstanceID(unchecked: "bench")),
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        try await bus.open()
        var times: [Double] = []
        let end = ContinuousClock.now + .seconds(Self.calls / Self.rate)
        let key = "service.x.probe.signaling.bench"
        while ContinuousClock.now < end {
            let begin = ContinuousClock.now
            try await bus.publishConfirmed(Probe(), type: Probe.type, key: key, durable: true)
            times.append((ContinuousClock.now - begin) / .milliseconds(1))
            try await Task.sleep(for: .milliseconds(20))
        }
        await bus.close()
        return times
    }

    /// From sipp's message file: per office number, the time of the 200 to the device's INVITE and of the next INVITE.
    static func setupTimes(in trace: String) -> [Double] {
        var answeredAt: [String: Double] = [:]
        var times: [Double] = []
        for message in trace.components(separatedBy: "-----------------------------------------------").dropFirst() {
            guard let message = TracedMessage(message) else { continue }
            if message.isSent, message.isAnswerOfDevice {
                answeredAt[message.caller] = message.seconds
            } else if !message.isSent, message.isInvite, let begin = answeredAt.removeValue(forKey: message.caller) {
                times.append((message.seconds - begin) * 1_000)
            }
        }
        return times
    }
}

/// One message in sipp's file: a line that ends with the time of day, a line that says the way, then the message.
private struct TracedMessage {
    let seconds: Double
    let isSent: Bool
    /// The office number, in From of both legs.
    let caller: String
    private let start: Substring
    private let text: String

    init?(_ text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count > 2, let time = lines[0].split(separator: " ").last.flatMap(Self.seconds),
            let from = lines.first(where: { $0.hasPrefix("From:") })
        else { return nil }
        (seconds, isSent, start, self.text) = (time, lines[1].contains("sent"), lines[2], text)
        caller = String(from.prefix { $0 != "@" })
    }

    /// "12:34:56.789012"; a run over midnight is not counted.
    private static func seconds(_ time: Substring) -> Double? {
        let parts = time.split(separator: ":").compactMap { Double($0) }
        return parts.count == 3 ? parts[0] * 3_600 + parts[1] * 60 + parts[2] : nil
    }

    var isInvite: Bool { start.hasPrefix("INVITE ") }
    /// The device's; the target's is known by its number in To.
    var isAnswerOfDevice: Bool {
        start.hasPrefix("SIP/2.0 200") && text.contains("CSeq: ") && text.contains(" INVITE")
            && !text.contains("sip:+4989777")
    }
}
