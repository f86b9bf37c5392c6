/// Reading of header text: lists, parameters, quotes and escapes (RFC 3261 §7.3.1, §25.1).
enum HeaderText {
    /// Cuts at a separator that is neither in quotes nor in angle brackets.
    static func divide(_ text: Substring, at separator: Character) -> [Substring] {
        var parts: [Substring] = [], start = text.startIndex
        var scan = Scan()
        for index in text.indices where scan.isOutside(text[index]) && text[index] == separator {
            parts.append(text[start..<index])
            start = text.index(after: index)
        }
        return parts + [text[start...]]
    }

    static func firstUnquoted(_ wanted: Character, in text: Substring) -> Substring.Index? {
        var scan = Scan()
        return text.indices.first { scan.isUnquoted(text[$0]) && text[$0] == wanted }
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

    static func trim(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
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

    private struct Scan {
        private var quoted = false, escaped = false, inBrackets = false

        mutating func isUnquoted(_ character: Character) -> Bool {
            defer { escaped = quoted && character == "\\" && !escaped }
            guard character == "\"", !escaped else { return !quoted }
            quoted.toggle()
            return false
        }

        mutating func isOutside(_ character: Character) -> Bool {
            guard isUnquoted(character) else { return false }
            if character == "<" { inBrackets = true }
            if character == ">" { inBrackets = false }
            return !inBrackets
        }
    }
}
