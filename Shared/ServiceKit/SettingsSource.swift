import Configuration
import Foundation
import Synchronization

/// Where settings come from: the environment (`sip.port` is `RUFBUS_SIP_PORT`), then one YAML file.
enum SettingsSource {
    private static let prefix: ConfigKey = "rufbus"

    /// - Throws: a mistake when the file cannot be read.
    static func reader(file: String?, environment: [String: String]) async throws(SettingsMistake) -> SettingsReader {
        let variables = EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: prefix)
        guard let file else { return SettingsReader(ConfigReader(provider: variables), fileKeys: []) }
        let keys = KeyList()
        let yaml = try await yaml(file, keys)
        return SettingsReader(ConfigReader(providers: [variables, yaml]), fileKeys: keys.all)
    }

    private static func yaml(_ file: String, _ keys: KeyList) async throws(SettingsMistake) -> any ConfigProvider {
        // Every key passes the question whether it is secret: so we learn them all. All are, since nothing prints them.
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { key, _ in
                keys.add(key)
                return true
            })
        let path = ConfigReader(
            provider: InMemoryProvider(values: ["filePath": ConfigValue(.string(file), isSecret: false)]))
        do {
            return try await FileProvider<YAMLSnapshot>(parsingOptions: options, config: path)
        } catch {
            // The first line says what and where; the lines after it quote the file, and with it perhaps a password.
            let why = "\(error)".prefix { !$0.isNewline }
            throw .wrong("--config", file, expected: "a YAML file of settings (\(why))")
        }
    }
}

private final class KeyList: Sendable {
    private let keys = Mutex<[String]>([])
    func add(_ key: String) { keys.withLock { $0.append(key) } }
    var all: [String] { keys.withLock { $0 } }
}
