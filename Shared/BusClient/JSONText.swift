/// JSON (RFC 8259) that grows at its end: values, and the objects and arrays that are still open.
///
/// Foundation's encoder builds a tree of each message before it writes it, which was a sixth of what a call costs the
/// call service (`make bench ONLY=calls`); here a value goes straight into the bytes.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var levels: [Level] = []

    private struct Level {
        let isObject: Bool
        var isEmpty = true
    }

    init() { bytes.reserveCapacity(1_024) }

    /// How many objects and arrays are open.
    var depth: Int { levels.count }

    // MARK: Objects and arrays

    /// Opens one more, or goes on with the one that was opened at this depth.
    mutating func open(object: Bool, at depth: Int) {
        guard levels.count <= depth else {
            precondition(levels[depth].isObject == object, "one value, written as object and as array")
            return close(to: depth + 1)
        }
        levels.append(Level(isObject: object))
        bytes.append(UInt8(ascii: object ? "{" : "["))
    }

    /// Closes what is open beyond this depth.
    mutating func close(to depth: Int) {
        while levels.count > depth { bytes.append(UInt8(ascii: levels.removeLast().isObject ? "}" : "]")) }
    }

    /// The place of the next value in the object of this depth (1 is the outermost).
    mutating func key(_ key: String, at depth: Int) {
        next(at: depth)
        string(key)
        bytes.append(UInt8(ascii: ":"))
    }

    /// The place of the next value in the object or array of this depth.
    mutating func next(at depth: Int) {
        precondition(levels.count >= depth, "a container that is closed is written to")
        close(to: depth)
        if !levels[depth - 1].isEmpty { bytes.append(UInt8(ascii: ",")) }
        levels[depth - 1].isEmpty = false
    }

    // MARK: Values

    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func integer(_ number: some FixedWidthInteger) { plain(String(number)) }

    /// Text that needs neither quotation marks nor escapes.
    mutating func plain(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var start = 0
            for place in utf8.indices where Self.mustBeEscaped(utf8[place]) {
                bytes.append(contentsOf: utf8[start..<place])
                escape(utf8[place])
                start = place + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// RFC 8259 §7: quotation mark, reverse solidus, and the control characters.
    private static func mustBeEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        default:
            raw("\\u00")
            for nibble in [byte >> 4, byte & 0xF] { bytes.append(nibble < 10 ? 48 + nibble : 87 + nibble) }
        }
    }
}
