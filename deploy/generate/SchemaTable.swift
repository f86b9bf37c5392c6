import BusContract
import TelephonyModel

/// JSON Schema (draft 7, as AsyncAPI's schemas are) of the types that payloads are made of. Names and types of fields
/// are those of the Swift types, whose `Codable` is the compiler's; the cases of an enumeration with values, which
/// cannot be listed, are those that examples show.
struct SchemaTable {
    /// By the type's name.
    private(set) var schemas: [String: YAMLTree] = [:]
    private var cases: [String: [YAMLTree.Field]] = [:]
    private var wanted: Set<String> = []

    /// Adds the type of this example, and those of all that it is made of.
    mutating func add(_ value: Any) {
        let mirror = Mirror(reflecting: value)
        let type = type(of: value)
        if !define(type) { note(mirror, value, named: TypeTable.name(type)) }
        if type != JSONValue.self { for child in mirror.children { add(child.value) } }
    }

    /// Types that are used, but that no example shows.
    var missing: [String] { wanted.filter { schemas[$0] == nil }.sorted() }

    /// The schema where a value of this type stands.
    mutating func use(_ type: Any.Type) -> YAMLTree {
        if let optional = type as? any OptionalType.Type { return use(optional.wrapped) }
        if let list = type as? any ListType.Type { return ["type": "array", "items": use(list.element)] }
        if let reply = type as? any ReplyType.Type {
            return reply.schema(use(reply.answer), refusal: use(Refusal.self))
        }
        if let simple = Self.simple(type) { return simple }
        let name = TypeTable.name(type)
        if !define(type) { wanted.insert(name) }
        return .ref("components", "schemas", name)
    }

    // MARK: Types that say themselves what they are

    private static func simple(_ type: Any.Type) -> YAMLTree? {
        switch type {
        case is String.Type: ["type": "string"]
        case is Bool.Type: ["type": "boolean"]
        case let number as any FixedWidthInteger.Type: integer(number)
        default: nil
        }
    }

    private static func integer(_ type: any FixedWidthInteger.Type) -> YAMLTree {
        func largest<N: FixedWidthInteger>(_ type: N.Type) -> YAMLTree? {
            N.bitWidth < 32 ? .number(Int(N.max)) : nil
        }
        return .present([
            "type": "integer", "minimum": type.isSigned ? nil : 0, "maximum": largest(type),
        ])
    }

    /// Whether the schema follows from the type alone.
    private mutating func define(_ type: Any.Type) -> Bool {
        let name = TypeTable.name(type)
        if type is any Identifier.Type {
            schemas[name] = ["type": "string", "pattern": "^[a-z0-9-]{1,40}$"]
        } else if type == JSONValue.self {
            schemas[name] = ["description": "Any JSON."]
        } else if let enumeration = type as? any CaseIterable.Type {
            schemas[name] = Self.words(TypeTable.cases(of: enumeration))
        } else {
            return Self.simple(type) != nil || type is any ReplyType.Type
        }
        return true
    }

    /// A list that a newer version may make longer has the word `unknown` here: then it is no `enum`, since readers
    /// must take any other word.
    private static func words(_ words: [String]) -> YAMLTree {
        guard words.contains("unknown") else { return ["type": "string", "enum": .texts(words)] }
        return ["type": "string", "x-extensible-enum": .texts(words.filter { $0 != "unknown" })]
    }

    // MARK: Types that an example shows

    private mutating func note(_ mirror: Mirror, _ value: Any, named name: String) {
        switch mirror.displayStyle {
        case .struct where schemas[name] == nil:
            schemas[name] = object(mirror.children.map { ($0.label ?? "", type(of: $0.value)) })
        case .enum: note(caseOf: mirror, value, named: name)
        default: break
        }
    }

    private mutating func object(_ fields: [(label: String, type: Any.Type)]) -> YAMLTree {
        let required = fields.filter { !($0.type is any OptionalType.Type) }.map(\.label)
        let properties = fields.map { ($0.label, field($0.label, $0.type)) }
        return .present([
            "type": "object", "required": required.isEmpty ? nil : .texts(required),
            "properties": properties.isEmpty ? nil : .object(properties),
        ])
    }

    /// Times are texts whose names end in `At`, or `since`.
    private mutating func field(_ label: String, _ type: Any.Type) -> YAMLTree {
        let isText = type == String.self || type == String?.self
        guard isText, label.hasSuffix("At") || label == "since" else { return use(type) }
        return ["type": "string", "format": "date-time"]
    }

    /// `{"<case>": {"<label>": …}}`, with `_0`, `_1` for what has no label (Swift Evolution 0295).
    private mutating func note(caseOf mirror: Mirror, _ value: Any, named name: String) {
        let label = mirror.children.first?.label ?? "\(value)"
        if cases[name, default: []].contains(where: { $0.name == label }) { return }
        let content = object(mirror.children.first.map { Self.associated($0.value) } ?? [])
        cases[name, default: []].append(YAMLTree.Field(name: label, value: content))
        let alternatives = cases[name, default: []].map { alternative -> YAMLTree in
            ["type": "object", "required": [.text(alternative.name)], "properties": .object([alternative])]
        }
        schemas[name] = alternatives.count == 1 ? alternatives[0] : ["oneOf": .list(alternatives)]
    }

    private static func associated(_ value: Any) -> [(label: String, type: Any.Type)] {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .tuple else { return [("_0", type(of: value))] }
        return mirror.children.enumerated().map { number, child in
            let label = child.label ?? ""
            return (label.isEmpty || label.hasPrefix(".") ? "_\(number)" : label, type(of: child.value))
        }
    }
}

// What the table asks a type that it cannot name.
private protocol OptionalType { static var wrapped: Any.Type { get } }
extension Optional: OptionalType { static var wrapped: Any.Type { Wrapped.self } }

private protocol ListType { static var element: Any.Type { get } }
extension Array: ListType { static var element: Any.Type { Element.self } }

private protocol ReplyType {
    static var answer: Any.Type { get }
    static func schema(_ answer: YAMLTree, refusal: YAMLTree) -> YAMLTree
}
extension Reply: ReplyType {
    static var answer: Any.Type { Answer.self }
    static func schema(_ answer: YAMLTree, refusal: YAMLTree) -> YAMLTree {
        [
            "oneOf": [
                ["type": "object", "required": ["answer"], "properties": ["answer": answer]],
                ["type": "object", "required": ["refusal"], "properties": ["refusal": refusal]],
            ]
        ]
    }
}
