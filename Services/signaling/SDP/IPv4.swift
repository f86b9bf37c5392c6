/// IPv4 literals, as a c= line has them (RFC 8866 §5.7).
enum IPv4 {
    /// c=0.0.0.0: "send me nothing" (RFC 3264 §8.4).
    static let hold = "0.0.0.0"

    /// Dotted decimal of one host, or `hold`. Multicast, broadcast and "this network" are no place to send audio to.
    static func isUnicast(_ text: String) -> Bool {
        guard let octets = octets(text) else { return false }
        return text == hold || (1...223).contains(octets[0])
    }

    private static func octets(_ text: String) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let octets = parts.compactMap { octet(Array($0)) }
        return octets.count == 4 ? octets : nil
    }

    private static func octet(_ digits: [UInt8]) -> UInt8? {
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }  // "010" is octal to some.
        return decimal(digits, upTo: 255).map { UInt8($0) }
    }
}

/// A number of decimal digits only: no sign, no blank. Nil when it is none, or above `limit`.
func decimal(_ digits: some Collection<UInt8>, upTo limit: UInt64) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 20 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
        guard (48...57).contains(digit) else { return nil }
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(digit - 48))
        guard !overflow, !carry, sum <= limit else { return nil }
        value = sum
    }
    return value
}
