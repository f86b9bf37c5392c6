/// IPv4 literals.
enum IPv4 {
    /// Four numbers 0...255 with dots, in host byte order; nil for anything else.
    static func parse(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt8(part) else { return nil }
            address = address << 8 | UInt32(number)
        }
        return address
    }
}
