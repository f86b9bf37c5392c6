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
    private static func isHashLetter(_ byte: UInt8) -> Bool {
        (46...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
