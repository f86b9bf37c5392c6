import BusClient
import Foundation
import Logging
import TelephonyModel

/// What a service's command line and settings ask for.
enum Start<Settings: Sendable>: Sendable {
    case mistakes([SettingsMistake])
    /// `--check-config`, and all is well.
    case fine
    case run(Settings, Common)

    /// What every service reads.
    struct Common: Sendable {
        var bus: BusSettings
        var logLevel: Logger.Level
    }

    static func read(
        _ service: String, passive: Bool, arguments: ServiceArguments, environment: [String: String],
        settings: (SettingsReader) -> Settings
    ) async -> Start {
        let reader: SettingsReader
        do {
            reader = try await SettingsSource.reader(file: arguments.file, environment: environment)
        } catch { return .mistakes([error]) }
        let common = common(service, passive: passive, reader)
        let own = settings(reader)
        reader.checkUnknown()
        if !reader.mistakes.isEmpty { return .mistakes(reader.mistakes) }
        return arguments.checksOnly ? .fine : .run(own, common)
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
        let tls = BusSettings.TLS(
            authorities: reader.optionalFile("bus.tls.ca"), certificate: reader.optionalFile("bus.tls.certificate"),
            key: reader.optionalFile("bus.tls.key"))
        let bus = BusSettings(
            url: url, service: service, instance: instance, tls: tls, outbox: reader.optionalFolder("bus.outbox"))
        return Common(bus: bus, logLevel: level)
    }
}
