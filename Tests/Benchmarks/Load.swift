import Foundation
import LocalHouse

/// Calls by sipp: one process that calls, one that answers.
struct Load {
    var house: House
    /// Where `answer.xml` listens.
    var answerPort: UInt16
    var calls: Int
    /// New calls a second.
    var rate: Int
    /// How many may be up at once; nil: no limit.
    var atOnce: Int?
    var talkMs: Int
    /// Writes each message with its time into a file.
    var traces = false

    /// Starts who answers, and waits until he listens; ends by itself after `legs` calls.
    func answering(legs: Int) async throws -> Child {
        let port = answerPort
        let child = try sipp("answer", ["-p", "\(port)", "-m", "\(legs)", "-d", "\(talkMs)"])
        try await child.waitUntil("listening", limit: .seconds(10)) { !FreePort.isFreeUDP(port) }
        return child
    }

    /// Starts who calls office numbers at `port`.
    func calling(port: UInt16) throws -> Child {
        let numbers = house.folder.path + "/numbers.csv"
        let lines = (0..<BenchStage.users).map { BenchStage.officeNumber($0) + ";" }
        try writeFile(numbers, "SEQUENTIAL\n" + lines.joined(separator: "\n") + "\n")
        let arguments = [
            "-p", "\(try FreePort.next())", "-m", "\(calls)", "-r", "\(rate)", "-l", "\(atOnce ?? 10_000)",
            "-d", "\(talkMs)", "-inf", numbers, "\(house.address):\(port)",
        ]
        return try sipp("caller", arguments)
    }

    private func sipp(_ scenario: String, _ arguments: [String]) throws -> Child {
        let name = "\(scenario)-\(UInt32.random(in: 0...UInt32.max))"
        let file = try Build.checkout() + "/Tests/Benchmarks/scenarios/\(scenario).xml"
        let trace = traces ? ["-trace_msg", "-message_file", tracePath(scenario)] : []
        return try Child(
            name, "/usr/bin/sipp",
            ["-sf", file, "-i", house.address, "-mp", "\(try FreePort.range(8).lowerBound)", "-nostdin"] + trace
                + arguments, folder: house.folder.path)
    }

    func tracePath(_ scenario: String) -> String { house.folder.path + "/\(scenario)-messages.log" }

    /// Waits until sipp's calls are over.
    /// - Throws: with the end of its output, if a call did not follow the scenario.
    static func finish(_ sipp: Child, within limit: Duration) async throws {
        let exit = await sipp.wait(limit: limit)
        guard exit == .status(0) else {
            await sipp.kill()
            throw HouseError(
                "\(sipp.name): \(exit.map { "\($0)" } ?? "still running after \(limit)")\n\(sipp.logTail(40))")
        }
    }
}
