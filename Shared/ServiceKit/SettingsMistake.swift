/// One wrong setting: which, what it says, and what was expected.
public struct SettingsMistake: Sendable, Hashable, CustomStringConvertible {
    public let key: String
    /// Nil if it is missing.
    public let value: String?
    public let expected: String
    public init(_ key: String, _ value: String?, expected: String) {
        (self.key, self.value, self.expected) = (key, value, expected)
    }
    public var description: String {
        guard let value else { return "\(key) is missing; expected \(expected)" }
        return "\(key): \"\(value)\" is not right; expected \(expected)"
    }
}
