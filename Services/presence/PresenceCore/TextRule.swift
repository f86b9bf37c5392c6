import TelephonyModel

/// What a text in the directory file must look like, with the words for "expected …".
struct TextRule: Sendable {
    let expected: String
    let holds: @Sendable (String) -> Bool

    static let id = TextRule(expected: "an id: a to z, 0 to 9 and -, at most 40 characters") { UserID.isWellFormed($0) }
    static let name = TextRule(expected: "a name of at most 100 characters") { !$0.isEmpty && $0.count <= 100 }
    static let country = TextRule(expected: "a country code of two capital letters, such as \"DE\"") { text in
        text.utf8.count == 2 && text.utf8.allSatisfy { (65...90).contains($0) }
    }
    /// E.164: at most 15 digits behind the `+`, the first of them no 0.
    static let worldNumber = TextRule(expected: "a number as +, country code and the rest, such as \"+498984098723\"") {
        $0.hasPrefix("+") && !$0.hasPrefix("+0") && isDigits($0.dropFirst(), 5...15)
    }
    static let `extension` = TextRule(expected: "an extension of 1 to 10 digits") { isDigits($0[...], 1...10) }
    static let areaCode = TextRule(expected: "an area code of digits without the 0 before it, such as \"89\"") {
        isDigits($0[...], 0...6) && !$0.hasPrefix("0")
    }
    static let optionalPrefix = TextRule(expected: "a prefix of at most 4 digits, or \"\"") { isDigits($0[...], 0...4) }
    static let prefix = TextRule(expected: "a prefix of 1 to 4 digits") { isDigits($0[...], 1...4) }
    static let band = TextRule(expected: "an extension pattern of digits and then X, such as \"2X\"") { text in
        let fixed = text.utf8.prefix { $0 != UInt8(ascii: "X") }
        let open = text.utf8.dropFirst(fixed.count)
        return (1...10).contains(text.utf8.count) && isDigits(text.prefix(fixed.count), 0...10)
            && open.allSatisfy { $0 == UInt8(ascii: "X") }
    }
    static let address = TextRule(expected: "an IPv4 address, such as \"192.0.2.10\"") { text in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { isDigits($0, 1...3) && UInt8($0) != nil }
    }
    static let source = TextRule(
        expected: "an IPv4 address, or a range such as \"192.0.2.0/24\" with no bit set behind it"
    ) { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard address.holds(String(parts[0])) else { return false }
        guard parts.count == 2 else { return parts.count == 1 }
        guard isDigits(parts[1], 1...2), let length = UInt32(parts[1]), length <= 32 else { return false }
        let bits = parts[0].split(separator: ".").reduce(UInt32(0)) { $0 << 8 | (UInt32($1) ?? 0) }
        return length == 32 || bits << length == 0
    }
    static let hostName = TextRule(expected: "a host name, such as \"pbx.example.com\"") { text in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && parts.allSatisfy { (1...63).contains($0.utf8.count) && $0.utf8.allSatisfy(isHostLetter) }
    }
    static let sipUser = TextRule(expected: "a SIP user of 1 to 64 letters, digits or +-_.") { text in
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isHostLetter($0) || [43, 46, 95].contains($0) }
    }
    static let timeZone = TextRule(expected: "a time zone by name, such as \"Europe/Berlin\"") { text in
        !text.isEmpty && text.utf8.allSatisfy { isHostLetter($0) || [43, 47, 95].contains($0) }
    }
    /// As `IncomingRules` has callers.
    static let caller = TextRule(
        expected: "a caller: a number with +, an extension, first digits of one with * behind them, or anonymous"
    ) { text in
        guard text != "anonymous" else { return true }
        let digits = (text.hasPrefix("+") ? text.dropFirst() : text[...]).prefix { $0 != "*" }
        let rest = text.drop { $0 != "*" }
        return isDigits(digits, (rest.isEmpty ? 1 : 0)...15) && (rest.isEmpty || rest == "*") && text != "*"
    }
    static let clock = TextRule(expected: "a time of day, such as \"08:30\", quoted") { minutes($0) != nil }

    /// Minutes since midnight of "08:30"; "24:00" is the end of a day.
    static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, isDigits(parts[0], 2...2), isDigits(parts[1], 2...2), let hours = Int(parts[0]),
            let minutes = Int(parts[1]), minutes < 60, hours * 60 + minutes <= 1_440
        else { return nil }
        return hours * 60 + minutes
    }
    /// yescrypt (`$y$`) or scrypt (`$7$`) as crypt(5) writes them.
    static let passwordHash = TextRule(
        expected: "a yescrypt or scrypt hash; `rufbus-presence --hash-password` makes one"
    ) { text in
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        let isKnown = parts.count >= 4 && parts[0].isEmpty && (parts[1] == "y" || parts[1] == "7")
        return isKnown && text.utf8.count <= 300
            && parts.dropFirst(2).allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isHashLetter) }
    }

    private static func isDigits(_ text: Substring, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }
    private static func isHostLetter(_ byte: UInt8) -> Bool {
        byte == 45 || (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    private static func isHashLetter(_ byte: UInt8) -> Bool {
        (46...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
