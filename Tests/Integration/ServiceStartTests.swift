import Foundation
import LocalHouse
import Testing

/// How each service looks at its settings before it does anything, as a process.
@Suite struct ServiceStartTests {
    static let services = ["signaling", "media", "presence", "journal", "cti", "tap"]

    @Test(arguments: mistakes, [[], ["--check-config"]])
    func aMistakeEndsWith78(_ mistake: Mistake, _ arguments: [String]) async throws {
        let ended = try await Ended("rufbus-\(mistake.service)", mistake.settings, arguments)
        #expect(ended.exit == .status(78))
        let line = ended.log.split(separator: "\n").first { $0.hasPrefix(mistake.key + ": ") } ?? ""
        for word in mistake.words { #expect(line.contains(word), "\(ended.log)") }
        #expect(!ended.log.contains("S3CRET"), "a password is never shown")
        #expect(!ended.log.contains("\"level\""), "nothing was started")
    }

    @Test(arguments: services) func aBrokerWithoutUserEndsWith78(_ service: String) async throws {
        let ended = try await Ended("rufbus-\(service)", "bus: {url: \"amqp://127.0.0.1/rufbus\"}\nspeed: 9\n")
        #expect(ended.exit == .status(78))
        for words in [
            "bus.url: \"amqp://127.0.0.1/rufbus\" is not right; expected amqp://user:password@host:port/vhost",
            "(user and password are missing)", "speed is unknown; expected one of the known settings (bus.outbox",
        ] { #expect(ended.log.contains(words), "\(ended.log)") }
    }

    @Test(arguments: services) func theDocumentsExampleIsFine(_ service: String) async throws {
        let page = try SettingsPage()
        let yaml = try #require(page.example(of: service), "docs/settings.md has no example for rufbus-\(service)")
        let files = try LocalFolder("settings")
        let directory = files.path + "/directory.yaml"
        try writeFile(directory, Demo.directory(pbx: "127.0.0.1", port: 5060).yaml)
        let places = [
            "RUFBUS_DIRECTORY": directory, "RUFBUS_PROMPTS": try Build.checkout() + "/Services/media/Prompts",
        ]
        let ended = try await Ended("rufbus-\(service)", yaml, ["--check-config"], environment: places)
        #expect(ended.exit == .status(0) && ended.log.contains("configuration is fine"), "\(ended.log)")
        try files.remove()
    }

    /// A mistake lists the settings that the service knows.
    @Test(arguments: services) func theDocumentNamesEachSetting(_ service: String) async throws {
        let ended = try await Ended("rufbus-\(service)", "speed: 9\n")
        let list = try #require(ended.log.firstMatch(of: /known settings \((.*)\)/)?.output.1)
        let page = try SettingsPage()
        let known = list.split(separator: ", ").map(String.init)
        #expect(known == (page.keys(in: "All services") + page.keys(in: "rufbus-\(service)")).sorted())
    }

    @Test(arguments: services) func helpNamesTheArguments(_ service: String) async throws {
        let own = ["presence": "--hash-password", "tap": "--call <id>"][service] ?? "--help"
        let ended = try await Ended("rufbus-\(service)", nil, ["--help"])
        #expect(ended.exit == .status(0))
        for word in ["rufbus-\(service)", "--config <file>", "--check-config", "78", own] {
            #expect(ended.log.contains(word), "\(ended.log)")
        }
    }

    @Test(arguments: services) func anArgumentThatIsNoneEndsWith64(_ service: String) async throws {
        let ended = try await Ended("rufbus-\(service)", nil, ["--frob"])
        #expect(ended.exit == .status(64) && ended.log.contains("--frob"), "\(ended.log)")
    }
}

/// docs/settings.md: a section for each service, with a table of keys and an example.
private struct SettingsPage {
    private let sections: [String: Substring]

    init() throws {
        let text = try String(contentsOfFile: try Build.checkout() + "/docs/settings.md", encoding: .utf8)
        let parts = text.split(separator: "\n## ").map { ($0.prefix { $0 != "\n" }, $0) }
        sections = Dictionary(uniqueKeysWithValues: parts.map { (String($0), $1) })
    }

    /// Of the table's first column.
    func keys(in section: String) -> [String] {
        sections[section]?.matches(of: /(?m)^\| `([a-z.]+)` \|/).map { String($0.output.1) } ?? []
    }

    func example(of service: String) -> String? {
        sections["rufbus-\(service)"]?.firstMatch(of: /```yaml\n([^`]*)```/).map { String($0.output.1) }
    }
}

/// One wrong setting, and the words that its line must hold.
struct Mistake: Sendable, CustomTestStringConvertible {
    let service, key, value: String
    let words: [String]
    init(_ service: String, _ key: String, _ value: String, _ words: String...) {
        (self.service, self.key, self.value, self.words) = (service, key, value, words)
    }
    var testDescription: String { "\(service) with \(key) \"\(value)\"" }

    /// All that a service needs, but for the wrong setting.
    var settings: String {
        let parts = key.split(separator: ".")
        let bus = key == "bus.url" ? "" : "bus: {url: \"amqp://a:b@127.0.0.1:1/rufbus\"}\n"
        let text = parts.reversed().reduce("\"\(value)\"") { $1 == parts[0] ? "\($1): \($0)" : "{\($1): \($0)}" }
        return bus + text + "\n"
    }
}

private let folder = URL(filePath: #filePath).deletingLastPathComponent().path

private let mistakes = [
    Mistake("signaling", "sip.address", "pbx.example", "\"pbx.example\"", "IPv4"),
    Mistake("signaling", "sip.port", "65536", "\"65536\"", "1 to 65535"),
    Mistake("signaling", "sip.strangers", "deaf", "\"deaf\"", "silent, refuse"),
    Mistake("signaling", "trunks.secrets", "/no/such", "\"/no/such\"", "folder"),
    Mistake("signaling", "sip.tcp.port", "0", "\"0\"", "1 to 65535"),
    Mistake("signaling", "sip.tls.port", "70000", "\"70000\"", "1 to 65535"),
    Mistake("signaling", "sip.tls.certificate", "/no/such.pem", "\"/no/such.pem\"", "file"),
    Mistake("signaling", "lookup.order", "to, from", "\"to, from\"", "lastDiversion"),
    Mistake("media", "rtp.address", "127.0.0.256", "IPv4"),
    Mistake("media", "rtp.ports", "20001-20001", "\"20001-20001\"", "an even one and the next"),
    Mistake("media", "office.country", "XX", "\"XX\"", "DE"),
    Mistake("media", "prompts", "/no/such", "\"/no/such\"", "de/", "en/"),
    Mistake("media", "prompts", folder, "de/"),
    Mistake("presence", "database.url", "mysql://a:S3CRET@h/d", "\"mysql://a:***@h/d\"", "postgresql://"),
    Mistake("presence", "directory", "/no/such.yaml", "\"/no/such.yaml\"", "file"),
    Mistake("journal", "database.url", "postgresql://a:S3CRET%@h/d", "percent-encoded", "postgresql://user"),
    Mistake("journal", "database.url", "postgresql://a:S3CRET@h:port/d", "the port is no number"),
    Mistake("journal", "database.url", "postgresql://a@h/d?password=S3CRET&x=1", "it has no parameter \"x\""),
    Mistake("cti", "http.address", "localhost", "\"localhost\"", "IPv4"),
    Mistake("cti", "http.port", "0", "\"0\"", "1 to 65535"),
    Mistake("cti", "bus.url", "http://cti:S3CRET@h/v", "\"http://cti:***@h/v\"", "amqp://user"),
    Mistake("tap", "log.level", "loud", "\"loud\"", "warning"),
]

/// A program that ended by itself, or was ended after half a minute.
struct Ended: Sendable {
    let exit: Child.Exit?
    /// Standard output and error.
    let log: String

    /// - Parameter settings: what stands in the file of `--config`; nil: without one.
    init(
        _ program: String, _ settings: String?, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws {
        let folder = try LocalFolder("start")
        var all = arguments
        if let settings {
            try writeFile(folder.path + "/settings.yaml", settings)
            all += ["--config", folder.path + "/settings.yaml"]
        }
        let child = try Child(
            program, try Build.executable(program), all,
            environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }, folder: folder.path)
        exit = await child.wait(limit: .seconds(30))
        if exit == nil { await child.kill() }
        log = child.logText
        try folder.remove()
    }
}
