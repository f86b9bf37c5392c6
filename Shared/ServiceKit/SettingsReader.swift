import Configuration
import Foundation

/// Reads a service's settings and collects every mistake: key, value, and what was expected. Keys are dotted
/// ("sip.port"): nested in the YAML file, `RUFBUS_SIP_PORT` in the environment, which wins.
/// After a mistake the methods return a value that can be read but is never used.
public final class SettingsReader {
    private let config: ConfigReader
    /// Keys that stand in the file.
    private let fileKeys: [String]
    private var asked: Set<String> = []
    public private(set) var mistakes: [SettingsMistake] = []

    init(_ config: ConfigReader, fileKeys: [String]) { (self.config, self.fileKeys) = (config, fileKeys) }

    /// Settings as a file would give them, for tests.
    public convenience init(_ values: [String: String]) {
        let stored = values.map {
            (AbsoluteConfigKey(ConfigKey($0.key)), ConfigValue(.string($0.value), isSecret: false))
        }
        let provider = InMemoryProvider(values: Dictionary(uniqueKeysWithValues: stored))
        self.init(ConfigReader(provider: provider), fileKeys: Array(values.keys))
    }

    /// A text that somebody else reads: `problem` says in words what is wrong with it, nil if nothing.
    public func text(_ key: String, expected: String, problem: (String) -> String?) -> String {
        guard let text = find(key) else {
            mistakes.append(SettingsMistake(key, .missing, expected: expected))
            return ""
        }
        if let why = text.isEmpty ? "it is empty" : problem(text) {
            mistakes.append(.wrong(key, text, expected: "\(expected) (\(why))"))
        }
        return text
    }

    public func int(_ key: String, in range: ClosedRange<Int>, default standard: Int? = nil) -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return value(key, expected: expected, default: standard, broken: range.lowerBound) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// An IPv4 literal.
    public func address(_ key: String, default standard: String? = nil) -> String {
        value(key, expected: "an IPv4 address (192.0.2.1)", default: standard, broken: "0.0.0.0") { text in
            var address = in_addr()
            return inet_pton(AF_INET, text, &address) == 1 ? text : nil
        }
    }

    /// "20000-20999": ports from 1 to 65535, the lower one first, with at least one even port and its successor, as
    /// RTP and RTCP need them (RFC 3550 §11).
    public func portPairs(_ key: String, default standard: ClosedRange<UInt16>? = nil) -> ClosedRange<UInt16> {
        let expected = "two ports (20000-20999), an even one and the next at least"
        return value(key, expected: expected, default: standard, broken: 1...1) { text in
            let ports = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            guard ports.count == 2, let low = ports[0], let high = ports[1], low > 0, low <= high else { return nil }
            return Int(low) + Int(low % 2) < Int(high) ? low...high : nil
        }
    }

    /// One of the enumeration's raw values.
    public func choice<C: RawRepresentable & CaseIterable>(_ key: String, default standard: C? = nil) -> C
    where C.RawValue == String {
        let cases = Array(C.allCases)
        guard let first = cases.first else { preconditionFailure("an enumeration without cases") }
        let expected = "one of " + cases.map(\.rawValue).joined(separator: ", ")
        return value(key, expected: expected, default: standard, broken: first) { C(rawValue: $0) }
    }

    /// Path of a file that can be read.
    public func file(_ key: String) -> String {
        value(key, expected: "the path of a file that can be read", default: nil, broken: "") { path in
            Self.isReadableFile(path) ? path : nil
        }
    }

    /// Path of a file that can be read, or nil if the setting is not there.
    public func optionalFile(_ key: String) -> String? {
        value(key, expected: "the path of a file that can be read", default: .some(nil), broken: nil) { path in
            Self.isReadableFile(path) ? .some(path) : Optional<String?>.none
        }
    }

    /// Path of a folder, or nil if the setting is not there.
    public func optionalFolder(_ key: String) -> String? {
        value(key, expected: "the path of a folder that is there", default: .some(nil), broken: nil) { path in
            Self.isFolder(path) ? .some(path) : Optional<String?>.none
        }
    }

    /// A value of any kind: nil from `read` is a mistake. `broken` is returned after one.
    public func value<V>(_ key: String, expected: String, default standard: V?, broken: V, _ read: (String) -> V?) -> V
    {
        guard let text = find(key) else {
            if let standard { return standard }
            mistakes.append(SettingsMistake(key, .missing, expected: expected))
            return broken
        }
        if !text.isEmpty, let value = read(text) { return value }
        mistakes.append(.wrong(key, text, expected: expected))
        return broken
    }

    /// Keys of the file that nobody asked for are mistakes too. Call it last.
    func checkUnknown() {
        let known = asked.sorted().joined(separator: ", ")
        for key in fileKeys.sorted() where !asked.contains(key) {
            mistakes.append(SettingsMistake(key, .unknown, expected: "one of the known settings (\(known))"))
        }
    }

    private func find(_ key: String) -> String? {
        asked.insert(key)
        return config.string(forKey: ConfigKey(key))
    }

    private static func isReadableFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
        return !isFolder.boolValue && FileManager.default.isReadableFile(atPath: path)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
