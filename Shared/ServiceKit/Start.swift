import BusClient
import Foundation
import Logging
import TelephonyModel

/// What a service's command line and settings ask for.
enum Start<Settings: Sendable>: Sendable {
    case help(String)
    case badArgument(String)
    case mistakes([SettingsMistake])
    /// `--check-config`, and all is well.
    case fine
    case run(Settings, Common)

    /// What every service reads.
    struct Common: Sendable {
        var bus: BusSettings
        var logLevel: Logger.Level
    }

    /// - Parameter arguments: without the program's name.
    static func read(
        _ service: String, passive: Bool, arguments: [String], environment: [String: String],
        settings: (SettingsReader) -> Settings
    ) async -> Start {
        let line: CommandLineFacts
        do { line = try CommandLineFacts(arguments) } catch { return .badArgument(error.sentence) }
        if line.help { return .help(usage(service)) }
        let reader: SettingsReader
        do {
            reader = try await SettingsSource.reader(file: line.file, environment: environment)
        } catch { return .mistakes([error]) }
        let common = common(service, passive: passive, reader)
        let own = settings(reader)
        reader.checkUnknown()
        if !reader.mistakes.isEmpty { return .mistakes(reader.mistakes) }
        return line.checkOnly ? .fine : .run(own, common)
    }

    private static func common(_ service: String, passive: Bool, _ reader: SettingsReader) -> Common {
        let broken = InstanceID(unchecked: "broken")
        // Passive readers come and go in any number; their queues must not meet.
        let standard = InstanceID(unchecked: passive ? String(UInt32.random(in: 0 ... .max), radix: 36) : "a1")
        let instance = reader.value(
            "instance", expected: "a name of the form [a-z0-9-]{1,40}", default: standard, broken: broken
        ) { InstanceID(rawValue: $0) }
        let url = reader.text("bus.url", expected: BusSettings.urlForm, problem: BusSettings.problem)
        let level: Logger.Level = reader.choice("log.level", default: .info)
        return Common(bus: BusSettings(url: url, service: service, instance: instance), logLevel: level)
    }

    private static func usage(_ service: String) -> String {
        """
        usage: rufbus-\(service) [--config FILE] [--check-config] [--help]

          --config FILE    settings in YAML; the environment wins (bus.url is BUS_URL)
          --check-config   reads the settings, says what is wrong (exit 78) or "configuration is fine" (exit 0)
        """
    }
}

/// The arguments that every service takes.
struct CommandLineFacts {
    struct Problem: Error { let sentence: String }

    var file: String?
    var checkOnly = false
    var help = false

    init(_ arguments: [String]) throws(Problem) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": help = true
            case "--check-config": checkOnly = true
            case "--config":
                guard let path = rest.popFirst() else { throw Problem(sentence: "--config needs the path of a file") }
                file = path
            default: throw Problem(sentence: "\(argument) is no argument of this program; see --help")
            }
        }
    }
}
