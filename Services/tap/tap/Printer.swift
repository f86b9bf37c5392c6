import BusClient
import Foundation
import Ladder
import Logging
import TelephonyModel

/// Writes ladders, or JSON, to standard output.
struct Printer {
    private let options: TapOptions
    private let logger: Logger
    private let hasColours: Bool
    private var ladder = Ladder()
    private let start = ContinuousClock.now

    init(_ options: TapOptions, _ logger: Logger) {
        (self.options, self.logger) = (options, logger)
        hasColours = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// - Throws: when standard output is closed.
    mutating func take(_ input: Tap.Input) throws {
        switch input {
        case .tick: try write(ladder.timePasses(now: now))
        case .event(let received):
            if let call = options.call, received.position?.call != call { return }
            guard !options.isJSON else { return try write(json: received.body) }
            try write(lines(received))
        }
    }

    /// Writes what still waits for the state of its call.
    mutating func finish() throws { try write(ladder.finish()) }

    /// What cannot be read is logged.
    private mutating func lines(_ received: Received) -> [Line] {
        do {
            if let dead = try received.deadMessage() { return Ladder.lines(dead) }
            return try LadderEvent(received).map { ladder.take($0, now: now) } ?? []
        } catch {
            logger.warning("an event cannot be read: \(error)", metadata: ["type": "\(received.type)"])
            return []
        }
    }

    private var now: Int64 {
        let passed = start.duration(to: .now).components
        return passed.seconds * 1_000 + passed.attoseconds / 1_000_000_000_000_000
    }

    /// A line break within JSON is formatting: in a text it is written `\n`.
    private func write(json body: [UInt8]) throws {
        try FileHandle.standardOutput.write(contentsOf: body.map { $0 == 10 || $0 == 13 ? 32 : $0 } + [10])
    }

    private func write(_ lines: [Line]) throws {
        guard !lines.isEmpty else { return }
        let text = lines.map { (hasColours ? $0.coloured : $0.text) + "\n" }.joined()
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}

extension Line {
    /// With the colours of a terminal (ECMA-48 SGR).
    fileprivate var coloured: String {
        let code =
            switch style {
            case .header: "1"
            case .request: "0"
            case .progress: "2"
            case .success: "32"
            case .failure: "31"
            case .call: "36"
            case .media: "35"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
