/// Reads a JSON text (RFC 8259) once, from its beginning to its end, into the nodes of a `JSONTape`.
struct JSONScanner {
    struct Problem: Error {
        let what: String
        /// In bytes from the beginning.
        let offset: Int
    }
    private typealias Bytes = UnsafeBufferPointer<UInt8>

    /// Objects and arrays in one another: so many as Foundation's decoder takes.
    private static let deepest = 512
    private static let largest = 256 << 20

    private(set) var nodes: [JSONTape.Node] = []
    private var at = 0
    private var depth = 0
    private var isASCII = true

    init(count: Int) { nodes.reserveCapacity(min(count / 8 + 4, 4_096)) }

    mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) throws(Problem) {
        guard bytes.count <= Self.largest else { throw Problem(what: "too long", offset: Self.largest) }
        try value(bytes)
        skipSpace(bytes)
        guard at == bytes.count else { throw unexpected(bytes) }
        guard isASCII || String(validating: bytes, as: UTF8.self) != nil else {
            throw Problem(what: "not UTF-8", offset: 0)
        }
    }

    private func unexpected(_ bytes: Bytes) -> Problem {
        Problem(what: at < bytes.count ? "unexpected character" : "it ends too early", offset: at)
    }

    private mutating func skipSpace(_ bytes: Bytes) {
        while at < bytes.count, bytes[at] <= 0x20, Self.isSpace(bytes[at]) { at += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Whether this is the next character, which it then passes.
    private mutating func takes(_ byte: UInt8, _ bytes: Bytes) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func value(_ bytes: Bytes) throws(Problem) {
        skipSpace(bytes)
        guard at < bytes.count else { throw unexpected(bytes) }
        switch bytes[at] {
        case UInt8(ascii: "\""): try string(bytes)
        case UInt8(ascii: "{"): try container(.object, UInt8(ascii: "}"), bytes)
        case UInt8(ascii: "["): try container(.array, UInt8(ascii: "]"), bytes)
        case UInt8(ascii: "t"): try word("true", .yes, bytes)
        case UInt8(ascii: "f"): try word("false", .no, bytes)
        case UInt8(ascii: "n"): try word("null", .null, bytes)
        default: try number(bytes)
        }
    }

    private mutating func container(_ kind: JSONTape.Kind, _ end: UInt8, _ bytes: Bytes) throws(Problem) {
        guard depth < Self.deepest else { throw Problem(what: "too many values in one another", offset: at) }
        depth += 1
        let place = nodes.count
        nodes.append(.init(kind, at: at, next: 0))
        at += 1
        var count = 0
        skipSpace(bytes)
        if !takes(end, bytes) {
            repeat {
                if kind == .object { try name(bytes) }
                try value(bytes)
                count += 1
                skipSpace(bytes)
            } while takes(UInt8(ascii: ","), bytes)
            guard takes(end, bytes) else { throw unexpected(bytes) }
        }
        nodes[place].end(count: count, next: nodes.count)
        depth -= 1
    }

    /// An object's name, with its colon.
    private mutating func name(_ bytes: Bytes) throws(Problem) {
        skipSpace(bytes)
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw unexpected(bytes) }
        try string(bytes)
        skipSpace(bytes)
        guard takes(UInt8(ascii: ":"), bytes) else { throw unexpected(bytes) }
    }

    private mutating func add(_ kind: JSONTape.Kind, from start: Int) {
        nodes.append(.init(kind, at: start, count: at - start, next: nodes.count + 1))
    }

    private mutating func word(_ word: StaticString, _ kind: JSONTape.Kind, _ bytes: Bytes) throws(Problem) {
        let start = at
        let isThere = word.withUTF8Buffer { bytes[at...].starts(with: $0) }
        guard isThere else { throw unexpected(bytes) }
        at += word.utf8CodeUnitCount
        add(kind, from: start)
    }

    // MARK: Strings

    private mutating func string(_ bytes: Bytes) throws(Problem) {
        at += 1
        let start = at
        var (hasEscapes, seen) = (false, UInt8(0))
        while true {
            guard at < bytes.count, bytes[at] >= 0x20 else { throw unexpected(bytes) }
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") { break }
            seen |= byte
            at += 1
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                try escape(bytes)
            }
        }
        add(hasEscapes ? .escaped : .string, from: start)
        if seen >= 0x80 { isASCII = false }
        at += 1
    }

    /// What follows a reverse solidus.
    private mutating func escape(_ bytes: Bytes) throws(Problem) {
        guard at < bytes.count else { throw unexpected(bytes) }
        switch bytes[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 1
        case UInt8(ascii: "u"): try unicode(bytes)
        default: throw unexpected(bytes)
        }
    }

    /// A code unit of UTF-16; a lead surrogate with the other half of its pair.
    private mutating func unicode(_ bytes: Bytes) throws(Problem) {
        let start = at
        let unit = try codeUnit(bytes)
        guard UTF16.isSurrogate(unit) else { return }
        let alone = Problem(what: "half of a surrogate pair", offset: start)
        guard UTF16.isLeadSurrogate(unit), takes(UInt8(ascii: "\\"), bytes) else { throw alone }
        guard UTF16.isTrailSurrogate(try codeUnit(bytes)) else { throw alone }
    }

    private mutating func codeUnit(_ bytes: Bytes) throws(Problem) -> UInt16 {
        guard takes(UInt8(ascii: "u"), bytes) else { throw unexpected(bytes) }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard at < bytes.count, let digit = Self.hex(bytes[at]) else { throw unexpected(bytes) }
            unit = unit << 4 | UInt16(digit)
            at += 1
        }
        return unit
    }

    // MARK: Numbers

    private mutating func number(_ bytes: Bytes) throws(Problem) {
        let start = at
        _ = takes(UInt8(ascii: "-"), bytes)
        if !takes(UInt8(ascii: "0"), bytes) { try digits(bytes) }
        if takes(UInt8(ascii: "."), bytes) { try digits(bytes) }
        if takes(UInt8(ascii: "e"), bytes) || takes(UInt8(ascii: "E"), bytes) {
            if !takes(UInt8(ascii: "+"), bytes) { _ = takes(UInt8(ascii: "-"), bytes) }
            try digits(bytes)
        }
        add(.number, from: start)
    }

    /// One or more.
    private mutating func digits(_ bytes: Bytes) throws(Problem) {
        let start = at
        while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 { at += 1 }
        guard at > start else { throw unexpected(bytes) }
    }
}

extension UTF16 {
    fileprivate static func isSurrogate(_ unit: UInt16) -> Bool { isLeadSurrogate(unit) || isTrailSurrogate(unit) }
}
