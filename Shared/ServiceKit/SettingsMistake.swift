/// One wrong setting: which, what it says, and what was expected.
public struct SettingsMistake: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Found: Sendable, Hashable {
        case missing
        /// No setting of this service. The value is not kept: nobody knows whether it is secret.
        case unknown
        /// Passwords of URLs are masked.
        case wrong(String)
    }
    public let key: String
    public let found: Found
    public let expected: String

    init(_ key: String, _ found: Found, expected: String) {
        (self.key, self.found, self.expected) = (key, found, expected)
    }

    static func wrong(_ key: String, _ value: String, expected: String) -> SettingsMistake {
        SettingsMistake(key, .wrong(Secrets.masked(value)), expected: expected)
    }

    public var description: String {
        switch found {
        case .missing: "\(key) is missing; expected \(expected)"
        case .unknown: "\(key) is unknown; expected \(expected)"
        case .wrong(let value): "\(key): \"\(value)\" is not right; expected \(expected)"
        }
    }
}
