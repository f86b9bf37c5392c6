import BusContract
import TelephonyModel

/// The types that payloads are made of, with their fields, found by walking through examples.
struct TypeTable {
    struct Entry {
        let name: String
        /// "| `field` | type |", or the values of an enumeration.
        let rows: [String]
        let values: [String]
    }
    private(set) var entries: [Entry] = []
    private var seen: Set<String> = []

    /// Adds the value's type and, after it, those of its fields.
    mutating func add(_ value: Any) {
        let mirror = Mirror(reflecting: value)
        let name = Self.name(type(of: value))
        switch mirror.displayStyle {
        case .struct where !(value is any Identifier):
            note(name, rows: mirror.children.map(Self.row), values: [])
        case .enum where value is any CaseIterable:
            note(name, rows: [], values: Self.cases(of: value))
        default: break
        }
        for child in mirror.children { add(child.value) }
    }

    private mutating func note(_ name: String, rows: [String], values: [String]) {
        guard !rows.isEmpty || !values.isEmpty, seen.insert(name).inserted else { return }
        entries.append(Entry(name: name, rows: rows, values: values))
    }

    private static func row(_ child: Mirror.Child) -> String {
        "| `\(child.label ?? "")` | \(described(type(of: child.value))) |"
    }

    private static func cases(of value: Any) -> [String] {
        guard let type = type(of: value) as? any CaseIterable.Type else { return [] }
        return cases(of: type)
    }

    /// The words of an enumeration, as they are written in JSON.
    static func cases<C: CaseIterable>(of type: C.Type) -> [String] {
        type.allCases.map { ($0 as? any RawRepresentable<String>)?.rawValue ?? "\($0)" }
    }

    /// A type's name without its modules.
    static func name(_ type: Any.Type) -> String {
        ["Swift.", "BusContract.", "TelephonyModel."].reduce(String(reflecting: type)) { $0.replacing($1, with: "") }
    }

    /// For a table: "list of `LegView`", "`String`, optional".
    static func described(_ type: Any.Type) -> String { described(name(type)) }

    private static func described(_ name: String) -> String {
        if name.hasPrefix("Optional<") { return described(String(name.dropFirst(9).dropLast())) + ", optional" }
        if name.hasPrefix("Array<") { return "list of `\(name.dropFirst(6).dropLast())`" }
        return "`\(name)`"
    }
}
