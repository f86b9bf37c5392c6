/// One JSON text (RFC 8259), checked as a whole and laid out flat: each value is a node, those of an object or array
/// stand behind it, an object's as name, value, name, value …
///
/// Foundation's decoder was a quarter of what a call costs the call service (`make bench ONLY=calls`).
final class JSONTape: Sendable {
    enum Kind: UInt8 {
        case object, array, string
        /// A string with escapes in it.
        case escaped
        case number, yes, no, null

        /// For messages.
        var name: String {
            switch self {
            case .object: "an object"
            case .array: "an array"
            case .string, .escaped: "a string"
            case .number: "a number"
            case .yes, .no: "a bool"
            case .null: "null"
            }
        }
    }

    struct Node {
        let kind: Kind
        /// Offset of its bytes in the text; of a string without the quotation marks.
        let start: UInt32
        /// Of a string or number: its bytes. Of an object or array: its members or elements.
        fileprivate(set) var count: UInt32
        /// Place of the node behind it and all that it holds.
        fileprivate(set) var next: UInt32
    }

    let bytes: [UInt8]
    /// In the order of the text; the first is the whole.
    let nodes: [Node]

    /// - Throws: `DecodingError.dataCorrupted` with an empty path if this is not JSON in UTF-8.
    init(_ bytes: [UInt8]) throws(DecodingError) {
        var scanner = JSONScanner(count: bytes.count)
        do throws(JSONScanner.Problem) {
            try bytes.withUnsafeBufferPointer { (bytes) throws(JSONScanner.Problem) in try scanner.scan(bytes) }
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "not JSON: \(error.what) at byte \(error.offset)"))
        }
        (self.bytes, nodes) = (bytes, scanner.nodes)
    }

    // MARK: Looking up

    /// Place of a member's value; of two with one name the first, as Foundation's decoder has it.
    func member(_ name: String, of object: Int) -> Int? {
        var name = name
        return name.withUTF8 { wanted in
            var place = object + 1
            let end = Int(nodes[object].next)
            while place < end {
                if isName(nodes[place], wanted) { return place + 1 }
                place = Int(nodes[place + 1].next)
            }
            return nil
        }
    }

    private func isName(_ node: Node, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard node.kind == .string else { return text(of: node).utf8.elementsEqual(wanted) }
        guard Int(node.count) == wanted.count else { return false }
        let start = Int(node.start)
        return bytes.withUnsafeBufferPointer { bytes in
            for index in 0..<wanted.count where bytes[start + index] != wanted[index] { return false }
            return true
        }
    }

    /// Places of the members' names, or of an array's elements.
    func children(of container: Int) -> [Int] {
        let step = nodes[container].kind == .object ? 1 : 0
        var (places, place) = ([Int](), container + 1)
        while place < Int(nodes[container].next) {
            places.append(place)
            place = Int(nodes[place + step].next)
        }
        return places
    }

    /// Names and indices that lead from the whole to this value.
    func path(to place: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var holder = 0
        while holder < place {
            let isObject = nodes[holder].kind == .object
            let children = children(of: holder)
            guard let index = children.lastIndex(where: { $0 <= place }) else { return path }
            path.append(isObject ? PathKey(text(of: nodes[children[index]])) : PathKey(index))
            holder = children[index] + (isObject ? 1 : 0)
        }
        return path
    }

    // MARK: Text

    /// What a string says, or a number as it is written.
    func text(of node: Node) -> String {
        let range = Int(node.start)..<Int(node.start + node.count)
        return bytes.withUnsafeBufferPointer { bytes in
            let raw = UnsafeBufferPointer(rebasing: bytes[range])
            return node.kind == .escaped ? Self.unescaped(raw) : String(decoding: raw, as: UTF8.self)
        }
    }

    /// The scanner has seen that the escapes are right.
    private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> String {
        var (text, units) = ([UInt8](), [UInt16]())
        text.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                text.append(raw[index])
                index += 1
                continue
            }
            if raw[index + 1] == UInt8(ascii: "u") {
                units.append(raw[(index + 2)..<(index + 6)].reduce(0) { $0 << 4 | UInt16(JSONScanner.hex($1) ?? 0) })
                index += 6
                if UTF16.isLeadSurrogate(units[units.count - 1]) { continue }  // Its other half comes next.
                text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
                units.removeAll(keepingCapacity: true)
            } else {
                text.append(Self.short(raw[index + 1]))
                index += 2
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func short(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter  // Quotation mark and the slashes stand for themselves.
        }
    }
}

/// A step of a path to a value.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?
    init(_ index: Int) { (stringValue, intValue) = ("Index \(index)", index) }
    init(_ name: String) { (stringValue, intValue) = (name, nil) }
    init?(intValue: Int) { self.init(intValue) }
    init?(stringValue: String) { self.init(stringValue) }
}

extension JSONScanner {
    /// Value of a hexadecimal digit.
    static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}

extension JSONTape.Node {
    init(_ kind: JSONTape.Kind, at start: Int, count: Int = 0, next: Int) {
        self.init(kind: kind, start: UInt32(start), count: UInt32(count), next: UInt32(next))
    }

    /// Closes an object or array.
    mutating func end(count: Int, next: Int) { (self.count, self.next) = (UInt32(count), UInt32(next)) }
}
