/// Reads a service's settings and collects every mistake: key, value, and what was expected. Keys are dotted
/// ("sip.port"): nested in the YAML file, `SIP_PORT` in the environment, which wins.
/// After a mistake the methods return a value that can be read but is never used.
public final class SettingsReader {
    /// Any text that is not empty. Without `default` the key is required.
    public func text(_ key: String, expected: String = "a text", default standard: String? = nil) -> String {
        fatalError()
    }
    public func optionalText(_ key: String, expected: String = "a text") -> String? { fatalError() }
    public func int(_ key: String, in range: ClosedRange<Int>, default standard: Int? = nil) -> Int { fatalError() }
    /// An IPv4 literal.
    public func address(_ key: String, default standard: String? = nil) -> String { fatalError() }
    /// "20000-20999".
    public func portRange(_ key: String, default standard: ClosedRange<UInt16>? = nil) -> ClosedRange<UInt16> {
        fatalError()
    }
    public func choice<C: RawRepresentable & CaseIterable>(_ key: String, default standard: C? = nil) -> C
    where C.RawValue == String { fatalError() }
    public func url(_ key: String, schemes: [String]) -> String { fatalError() }
    /// Path of a file that can be read.
    public func file(_ key: String) -> String { fatalError() }
    /// Path of a folder that can be read.
    public func folder(_ key: String) -> String { fatalError() }
    public func optionalFile(_ key: String) -> String? { fatalError() }
}
