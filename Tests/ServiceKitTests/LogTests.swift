import Foundation
import Logging
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct LogTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    /// The line that this logging writes, as JSON.
    private func line(_ log: (inout Logger) -> Void) throws -> [String: Any] {
        let lines = Lines()
        var logger = Logger(label: "x") { _ in
            JSONLogHandler(service: "media", instance: "a1", level: .debug) { lines.add($0) }
        }
        log(&logger)
        let text = try #require(lines.all.first)
        #expect(lines.all.count == 1 && text.hasSuffix("}\n") && text.dropLast().contains("\n") == false)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func aLineIsOneObject() throws {
        let json = try line { $0.info("ready", metadata: ["call": "c1", "legs": ["a", "b"], "more": ["x": "1"]]) }
        #expect(json["message"] as? String == "ready" && json["level"] as? String == "info")
        #expect(json["service"] as? String == "media" && json["instance"] as? String == "a1")
        #expect(json["call"] as? String == "c1" && json["legs"] as? [String] == ["a", "b"])
        #expect(json["more"] as? [String: String] == ["x": "1"])
        let time = try #require(json["time"] as? String)
        #expect(time.hasSuffix("Z") && time.count == 24)
    }

    @Test func textsComeBackWhateverTheyHold() throws {
        let text = "a \"quoted\" \\ line\nof\ttwo \u{1} ünd \u{1F4DE}"
        let json = try line { $0.warning("\(text)", metadata: ["x": "\(text)"]) }
        #expect(json["message"] as? String == text && json["x"] as? String == text)
    }

    @Test func metadataCannotHideTheFixedFields() throws {
        let json = try line { $0.error("real", metadata: ["message": "false", "level": "none"]) }
        #expect(json["message"] as? String == "real" && json["level"] as? String == "error")
        #expect(json["message_"] as? String == "false")
    }

    @Test func theLoggersOwnMetadataIsThereAndTheLinesWins() throws {
        let json = try line {
            $0[metadataKey: "call"] = "c1"
            $0[metadataKey: "leg"] = "l1"
            $0.info("x", metadata: ["leg": "l2"])
        }
        #expect(json["call"] as? String == "c1" && json["leg"] as? String == "l2")
    }

    @Test func quietLevelsWriteNothing() {
        let lines = Lines()
        let logger = Logger(label: "x") { _ in
            JSONLogHandler(service: "s", instance: "i", level: .warning) { lines.add($0) }
        }
        logger.info("not this")
        #expect(lines.all.isEmpty)
    }
}
