/// Reading of header text: lists, parameters, quotes and escapes (RFC 3261 §7.3.1, §25.1).
enum HeaderText {
    /// Cuts at an ASCII separator that is neither in quotes nor in angle brackets.
    static func divide(_ text: Substring, at separator: Unicode.Scalar) -> [Substring] {
        let wanted = UInt8(ascii: separator), bytes = text.utf8
        var parts: [Substring] = [], start = text.startIndex
        var scan = Scan()
        for index in bytes.indices where scan.isOutside(bytes[index]) && bytes[index] == wanted {
            parts.append(text[start..<index])
            start = bytes.index(after: index)
        }
        return parts + [text[start...]]
    }

    static func firstUnquoted(_ wanted: Unicode.Scalar, in text: Substring) -> Substring.Index? {
        let wanted = UInt8(ascii: wanted), bytes = text.utf8
        var scan = Scan()
        return bytes.indices.first { scan.isUnquoted(bytes[$0]) && bytes[$0] == wanted }
    }

    /// `name=value` parts; a name alone has an empty value. Of a repeated name the first counts.
    static func parameters(_ parts: some Sequence<Substring>) -> [String: String] {
        var found: [String: String] = [:]
        for part in parts {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = sides.first.map(trim)?.lowercased(), !name.isEmpty, found[name] == nil else { continue }
            found[name] = sides.count > 1 ? unquoted(trim(sides[1])) : ""
        }
        return found
    }

    /// Without spaces and tabs at both ends.
    static func trim(_ text: Substring) -> Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }
        var bytes = text.utf8
        while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return Substring(bytes)
    }

    static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var plain = "", escaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\" && !escaped {
                escaped = true
            } else {
                plain.append(character)
                escaped = false
            }
        }
        return plain
    }

    /// `%41` is A; what is no escape stays.
    static func unescaped(_ text: Substring) -> String {
        guard text.contains("%") else { return String(text) }
        var bytes: [UInt8] = [], rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Knows, byte by byte, whether it is in quotes or in angle brackets.
    private struct Scan {
        private var quoted = false, escaped = false, inBrackets = false

        mutating func isUnquoted(_ byte: UInt8) -> Bool {
            defer { escaped = quoted && byte == UInt8(ascii: "\\") && !escaped }
            guard byte == UInt8(ascii: "\""), !escaped else { return !quoted }
            quoted.toggle()
            return false
        }

        mutating func isOutside(_ byte: UInt8) -> Bool {
            guard isUnquoted(byte) else { return false }
            if byte == UInt8(ascii: "<") { inBrackets = true }
            if byte == UInt8(ascii: ">") { inBrackets = false }
            return !inBrackets
        }
    }
}
