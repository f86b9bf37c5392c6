import ArgumentParser
import Foundation
import Logging
import Testing

@testable import ServiceKit

private enum Colour: String, CaseIterable, Sendable { case red, green }

/// One setting that is read, and what the reader says of it.
struct SettingStory: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let value: String?
    let read: @Sendable (SettingsReader) -> String
    /// What is read, or the words that the mistake must hold.
    let result: Result<String, Words>
    struct Words: Error { let words: [String] }

    init(
        _ name: String, _ value: String?, _ read: @escaping @Sendable (SettingsReader) -> String, is result: String
    ) {
        (testDescription, self.value, self.read, self.result) = (name, value, read, .success(result))
    }
    init(
        _ name: String, _ value: String?, _ read: @escaping @Sendable (SettingsReader) -> String, wants words: String...
    ) {
        (testDescription, self.value, self.read, self.result) = (name, value, read, .failure(Words(words: words)))
    }
}

private let file = #filePath
private let folder = URL(filePath: #filePath).deletingLastPathComponent().path

private let stories = [
    SettingStory("a text", "x y", { $0.text("k", expected: "e") { _ in nil } }, is: "x y"),
    SettingStory(
        "an empty text", "", { $0.text("k", expected: "e") { _ in nil } }, wants: "k: \"\"", "e (it is empty)"),
    SettingStory(
        "a missing text", nil, { $0.text("k", expected: "e") { _ in nil } }, wants: "k is missing; expected e"),
    SettingStory(
        "a text with a problem", "x", { $0.text("k", expected: "e") { $0 + " is bad" } },
        wants: "k: \"x\"", "expected e (x is bad)"),
    SettingStory("a number", "5060", { "\($0.int("k", in: 1...65535))" }, is: "5060"),
    SettingStory("a number out of range", "0", { "\($0.int("k", in: 1...65535))" }, wants: "\"0\"", "1 to 65535"),
    SettingStory("a number that is none", "12a", { "\($0.int("k", in: 1...65535))" }, wants: "\"12a\"", "whole number"),
    SettingStory("an address", "192.0.2.7", { $0.address("k") }, is: "192.0.2.7"),
    SettingStory("a host name as address", "localhost", { $0.address("k") }, wants: "\"localhost\"", "IPv4"),
    SettingStory("an IPv6 address", "::1", { $0.address("k") }, wants: "IPv4"),
    SettingStory("an address cut short", "127.0.1", { $0.address("k") }, wants: "IPv4"),
    SettingStory("ports", "20000-20999", { "\($0.portPairs("k"))" }, is: "20000...20999"),
    SettingStory("ports the wrong way round", "9-8", { "\($0.portPairs("k"))" }, wants: "\"9-8\"", "20000-20999"),
    SettingStory("a port above all", "1-65536", { "\($0.portPairs("k"))" }, wants: "two ports"),
    SettingStory("one port", "5", { "\($0.portPairs("k"))" }, wants: "two ports"),
    SettingStory("port 0", "0-5", { "\($0.portPairs("k"))" }, wants: "two ports"),
    SettingStory("the smallest ports", "4000-4001", { "\($0.portPairs("k"))" }, is: "4000...4001"),
    SettingStory(
        "an odd port and the next", "4001-4002", { "\($0.portPairs("k"))" }, wants: "an even one and the next"),
    SettingStory("the last port alone", "65535-65535", { "\($0.portPairs("k"))" }, wants: "an even one and the next"),
    SettingStory("a choice", "green", { ($0.choice("k") as Colour).rawValue }, is: "green"),
    SettingStory("no choice", "blue", { ($0.choice("k") as Colour).rawValue }, wants: "\"blue\"", "red, green"),
    SettingStory("a file", file, { $0.file("k") }, is: file),
    SettingStory("a folder as file", folder, { $0.file("k") }, wants: "file that can be read"),
    SettingStory("a file that is not there", "/no/such", { $0.file("k") }, wants: "\"/no/such\""),
]

private let secrets = [
    ("amqp://cti:S3CRET@127.0.0.1:5672/rufbus", "amqp://cti:***@127.0.0.1:5672/rufbus"),
    ("amqp://cti:S3:C/R@ET@h/v", "amqp://cti:***@h/v"), ("amqp:cti:S3CRET@h", "amqp:***@h"),
    ("cti:S3CRET@h", "cti:***@h"), ("amqp://cti:S3CRET", "amqp://cti:***"), ("amqp://cti:S3CRET/v", "amqp://cti:***/v"),
    ("postgresql://h/db?user=a&password=S3CRET&x=1", "postgresql://h/db?user=a&password=***&x=1"),
    ("host=h PASSWORD = S3CRET dbname=d", "host=h PASSWORD = *** dbname=d"),
    // Nothing to hide.
    ("amqp://cti@h/v", "amqp://cti@h/v"), ("amqp://h:5672/v", "amqp://h:5672/v"), ("http://h/a:b", "http://h/a:b"),
    ("12:30", "12:30"), ("", ""),
]

@Suite struct SecretsTests {
    @Test(arguments: secrets) func passwordsAreMasked(_ text: String, _ shown: String) {
        #expect(Secrets.masked(text) == shown)
    }
}

@Suite struct SettingsReaderTests {
    @Test(arguments: stories) func reads(_ story: SettingStory) {
        let reader = SettingsReader(story.value.map { ["k": $0] } ?? [:])
        let value = story.read(reader)
        switch story.result {
        case .success(let wanted):
            #expect(value == wanted)
            #expect(reader.mistakes.isEmpty)
        case .failure(let wanted):
            let text = reader.mistakes.map(\.description).joined()
            #expect(reader.mistakes.count == 1)
            for word in wanted.words { #expect(text.contains(word), "\(text)") }
        }
    }

    @Test func allMistakesAreCollectedAndUnknownKeysAreTwoOfThem() {
        let reader = SettingsReader(["sip.port": "x", "sip.adress": "127.0.0.1", "speed": "9"])
        _ = (reader.int("sip.port", in: 1...9), reader.address("sip.address"))
        reader.checkUnknown()
        #expect(reader.mistakes.map(\.key) == ["sip.port", "sip.address", "sip.adress", "speed"])
        #expect(reader.mistakes[2].description.contains("sip.address, sip.port"))
    }
}

/// What a service does with its arguments and its file.
@Suite struct StartTests {
    private struct Own: Sendable, Hashable { let port: Int }

    private func start(
        _ yaml: String?, _ arguments: [String] = [], environment: [String: String] = [:], passive: Bool = false
    )
        async throws -> Start<Own>
    {
        var arguments = arguments
        let path = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString).yaml").path
        if let yaml {
            try Data(yaml.utf8).write(to: URL(filePath: path))
            arguments += ["--config", path]
        }
        defer { if yaml != nil { unlink(path) } }
        let parsed = try ServiceArguments.parse(arguments)
        return await Start.read("media", passive: passive, arguments: parsed, environment: environment) {
            Own(port: $0.int("rtp.port", in: 1...65535))
        }
    }

    private let good = "bus:\n  url: amqp://media:x@127.0.0.1/rufbus\nrtp: {port: 4000}\n"

    @Test func aGoodFileRuns() async throws {
        guard case .run(let own, let common) = try await start(good + "instance: m7\nlog: {level: debug}\n") else {
            Issue.record("it did not run")
            return
        }
        #expect(own.port == 4000 && common.bus.instance.rawValue == "m7" && common.logLevel == .debug)
        #expect(common.bus.service == "media" && common.bus.url == "amqp://media:x@127.0.0.1/rufbus")
    }

    @Test func theEnvironmentWins() async throws {
        let environment = [
            "RUFBUS_RTP_PORT": "5000", "RUFBUS_BUS_URL": "amqp://a:b@c/d", "RTP_PORT": "x", "INSTANCE": "no-one",
        ]
        guard case .run(let own, let common) = try await start(good, environment: environment) else {
            Issue.record("it did not run")
            return
        }
        #expect(own.port == 5000 && common.bus.url == "amqp://a:b@c/d")
        #expect(common.bus.instance.rawValue == "a1" && common.logLevel == .info)
    }

    @Test func checkingSaysFine() async throws {
        guard case .fine = try await start(good, ["--check-config"]) else {
            Issue.record("it is not fine")
            return
        }
    }

    @Test func passiveReadersDoNotShareAName() async throws {
        var names: Set<String> = []
        for _ in 0..<5 {
            if case .run(_, let common) = try await start(good, passive: true) {
                names.insert(common.bus.instance.rawValue)
            }
        }
        #expect(names.count == 5)
    }

    private func mistakes(_ yaml: String?, _ arguments: [String] = []) async throws -> String {
        guard case .mistakes(let mistakes) = try await start(yaml, arguments) else { return "none" }
        return mistakes.map(\.description).joined(separator: "\n")
    }

    @Test func mistakesNameKeyValueAndWhatWasExpected() async throws {
        let text = try await mistakes("bus: {url: x}\nrtp: {port: 0, prot: 1}\ninstance: Ä\nlog: {level: loud}\n")
        for line in [
            "bus.url: \"x\" is not right; expected amqp://user:password@host:port/vhost "
                + "(it must begin with amqp:// or amqps://)",
            "rtp.port: \"0\"", "instance: \"Ä\"",
            "log.level: \"loud\"",
            "rtp.prot is unknown; expected one of the known settings (bus.outbox, bus.tls.ca, bus.tls.certificate, "
                + "bus.tls.key, bus.url, instance, log.level, rtp.port)",
        ] { #expect(text.contains(line), "\(text)") }
        #expect(text.split(separator: "\n").count == 5)
    }

    @Test func allKeysAreMissingWithoutAFile() async throws {
        #expect(try await mistakes(nil).contains("bus.url is missing"))
    }

    @Test(arguments: ["bus: [", "- a\n- b\n", "just text"]) func aFileThatIsNoSettings(_ yaml: String) async throws {
        let text = try await mistakes(yaml)
        #expect(text.contains("--config") && text.contains("YAML"))
    }

    @Test func aFileThatIsNoYAMLIsNotQuoted() async throws {
        for yaml in ["bus:\n  url: amqp://cti:S3CRET@h/v\n bad: [", "a: S3CRET\nS3CRET", "[S3CRET"] {
            let text = try await mistakes(yaml)
            #expect(text.contains("--config") && !text.contains("S3CRET"), "\(text)")
        }
    }

    @Test func noPasswordIsShown() async throws {
        let text = try await mistakes("bus: {url: \"amqpx://cti:S3CRET@h/v\", password: S3CRET}\nrtp: {port: 4000}\n")
        #expect(text.contains("bus.url: \"amqpx://cti:***@h/v\"") && text.contains("bus.password is unknown"))
        #expect(!text.contains("S3CRET"), "\(text)")
    }

    @Test func aFileThatIsNotThere() async throws {
        #expect(try await mistakes(nil, ["--config", "/no/such.yaml"]).contains("/no/such.yaml"))
    }

    @Test(arguments: [["--cofnig"], ["--config"], ["x"]]) func argumentsThatAreNone(_ arguments: [String]) {
        #expect {
            try ServiceArguments.parse(arguments)
        } throws: { error in
            ServiceArguments.exitCode(for: error).rawValue == 64
                && ServiceArguments.fullMessage(for: error).contains(arguments[0])
        }
    }
}
