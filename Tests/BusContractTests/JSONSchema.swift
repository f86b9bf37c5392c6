import BusContract
import Foundation

/// Checks JSON by the words of JSON Schema (draft 7) that the generated document uses; another word is a mistake.
struct JSONSchema {
    /// What `$ref` points into.
    let document: JSONValue

    /// What is wrong with `value`, each with its place.
    func mistakes(in value: JSONValue, by schema: JSONValue, at place: String = "") -> [String] {
        guard case .object(let words) = schema else { return ["\(place): its schema is no object"] }
        return words.flatMap { word, rule in
            mistakes(in: value, word, rule, schema, at: place).map { $0.hasPrefix("/") ? $0 : "\(place): \($0)" }
        }
    }

    private func mistakes(
        in value: JSONValue, _ word: String, _ rule: JSONValue, _ schema: JSONValue, at place: String
    ) -> [String] {
        switch word {
        case "$ref":
            guard let target = rule.text.flatMap(document.resolved) else { return ["\(rule) leads nowhere"] }
            return mistakes(in: value, by: target, at: place)
        case "allOf": return rule.items.flatMap { mistakes(in: value, by: $0, at: place) }
        case "oneOf": return alternatives(value, rule.items, at: place)
        case "properties":
            return rule.fields.flatMap { name, schema in
                value[name].map { mistakes(in: $0, by: schema, at: "\(place)/\(name)") } ?? []
            }
        case "items":
            return value.items.enumerated().flatMap { mistakes(in: $1, by: rule, at: "\(place)/\($0)") }
        case "required": return rule.items.compactMap(\.text).filter { value[$0] == nil }.map { "\($0) is missing" }
        case "description", "x-extensible-enum": return []
        default: return isRight(value, word, rule) ? [] : ["\(value) is not of \(word) \(rule)"]
        }
    }

    private func alternatives(_ value: JSONValue, _ schemas: [JSONValue], at place: String) -> [String] {
        let tries = schemas.map { mistakes(in: value, by: $0, at: place) }
        let fits = tries.filter(\.isEmpty).count
        return fits == 1 ? [] : ["fits \(fits) alternatives: \(tries.joined())"]
    }

    private func isRight(_ value: JSONValue, _ word: String, _ rule: JSONValue) -> Bool {
        switch (word, value, rule) {
        case ("type", .object, "object"), ("type", .array, "array"), ("type", .string, "string"): true
        case ("type", .bool, "boolean"), ("type", .integer, "integer"): true
        case ("const", _, _): value == rule
        case ("enum", _, _): rule.items.contains(value)
        case ("minimum", .integer(let number), .integer(let bound)): number >= bound
        case ("maximum", .integer(let number), .integer(let bound)): number <= bound
        case ("pattern", .string(let text), .string(let pattern)): matches(text, pattern)
        case ("format", .string(let text), "date-time"):
            matches(text, #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"#)
        default: false
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: pattern, options: .regularExpression) != nil
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }

    /// As a YAML parser reads it.
    init(yaml: Any?) {
        switch yaml {
        case let flag as Bool: self = .bool(flag)
        case let number as Int: self = .integer(Int64(number))
        case let text as String: self = .string(text)
        case let items as [Any]: self = .array(items.map(JSONValue.init(yaml:)))
        case let fields as [String: Any]: self = .object(fields.mapValues(JSONValue.init(yaml:)))
        default: self = .null
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var fields: [String: JSONValue] { if case .object(let fields) = self { fields } else { [:] } }
    subscript(_ path: String...) -> JSONValue? { path.reduce(self) { $0?.fields[$1] } }

    /// What a pointer ("#/components/…") leads to.
    func resolved(_ pointer: String) -> JSONValue? {
        let steps = pointer.split(separator: "/", omittingEmptySubsequences: false)
        guard steps.first == "#" else { return nil }
        return steps.dropFirst().reduce(self) { $0?.fields[String($1)] }
    }

    /// All values of fields of this name, wherever they stand.
    func all(_ name: String) -> [JSONValue] {
        fields.flatMap { ($0 == name ? [$1] : []) + $1.all(name) } + items.flatMap { $0.all(name) }
    }
}
