import BusContract
import Yams

/// What a YAML file holds, its fields in the order in which they were written down.
indirect enum YAMLTree: Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case null
    case list([YAMLTree])
    case object([Field])

    struct Field: Sendable {
        let name: String
        let value: YAMLTree
    }

    /// The file's text; lines break at 120 columns where YAML lets them.
    func yaml() throws -> String { try Yams.serialize(node: node, indent: 2, width: 120, allowUnicode: true) }

    private var node: Node {
        get throws {
            switch self {
            case .text(let text): .scalar(text.represented())
            case .number(let number): .scalar(number.represented())
            case .flag(let flag): .scalar(flag.represented())
            case .null: .scalar(Node.Scalar("null"))
            case .list(let items):
                .sequence(Node.Sequence(try items.map { try $0.node }, .implicit, isShort ? .flow : .block))
            case .object(let fields):
                .mapping(
                    Node.Mapping(
                        try fields.map { (.scalar($0.name.represented()), try $0.value.node) }, .implicit,
                        isShort ? .flow : .block))
            }
        }
    }

    /// Whether it stands in braces or brackets, on one line.
    private var isShort: Bool { length <= 80 }

    /// Columns on one line, about.
    private var length: Int {
        switch self {
        case .text(let text): text.count + 4
        case .number, .flag, .null: 6
        case .list(let items): items.reduce(2) { $0 + $1.length }
        case .object(let fields): fields.reduce(2) { $0 + $1.name.count + 2 + $1.value.length }
        }
    }
}

extension YAMLTree: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(nilLiteral: ()) { self = .null }
    init(arrayLiteral elements: YAMLTree...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, YAMLTree)...) { self = .object(elements.map(Field.init)) }
}

extension YAMLTree {
    /// Fields of the names given, in their order.
    static func object(_ pairs: some Sequence<(String, YAMLTree)>) -> YAMLTree {
        .object(pairs.map { Field(name: $0.0, value: $0.1) })
    }

    /// An object without the fields that are nil.
    static func present(_ pairs: KeyValuePairs<String, YAMLTree?>) -> YAMLTree {
        .object(pairs.compactMap { name, value in value.map { Field(name: name, value: $0) } })
    }

    static func texts(_ texts: some Sequence<String>) -> YAMLTree { .list(texts.map { .text($0) }) }

    /// A pointer into the same document (RFC 6901; our names need no escapes).
    static func ref(_ path: String...) -> YAMLTree { ["$ref": .text("#/" + path.joined(separator: "/"))] }

    /// The same as JSON says, its fields by name.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .flag(flag)
        case .integer(let number): self = .number(Int(number))
        case .number(let number): self = .text("\(number)")
        case .string(let text): self = .text(text)
        case .array(let items): self = .list(items.map(YAMLTree.init))
        case .object(let fields):
            self = .object(fields.sorted { $0.key < $1.key }.map { Field(name: $0.key, value: YAMLTree($0.value)) })
        }
    }
}
