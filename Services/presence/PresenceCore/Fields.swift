/// The keys of one map in the directory file. Each getter answers nil after it has noted a mistake, so that reading
/// goes on and finds the next one too.
struct Fields {
    /// In words: "user \"anna\"".
    let place: String
    let line: Int
    private let pairs: [String: FileNode.Pair]
    private let mistakes: MistakeList

    /// - Parameter keys: all that may stand here.
    init(_ node: FileNode, _ place: String, keys: [String], _ mistakes: MistakeList) {
        (self.place, line, self.mistakes) = (place, node.line, mistakes)
        guard case .map(let pairs) = node.content else {
            mistakes.add(node.line, "\(place): expected the keys \(keys.joined(separator: ", ")), found \(node.found)")
            self.pairs = [:]
            return
        }
        for pair in pairs where !keys.contains(pair.key) {
            mistakes.add(
                pair.line, "\(place): unknown key \"\(pair.key)\"; known are \(keys.joined(separator: ", "))")
        }
        self.pairs = Dictionary(pairs.map { ($0.key, $0) }) { first, _ in first }
    }

    /// Where a key stands, or where its map begins.
    func line(of key: String) -> Int { pairs[key]?.line ?? line }
    func has(_ key: String) -> Bool { pairs[key] != nil }

    /// - Parameter default: for an absent key; nil if it must be there.
    func text(_ key: String, _ rule: TextRule, default: String? = nil) -> String? {
        guard let node = value(key, rule.expected, optional: `default` != nil) else {
            return has(key) ? nil : `default`
        }
        guard case .scalar(let text, _) = node.content, rule.holds(text) else {
            return wrong(node, key, rule.expected)
        }
        return text
    }

    func number(_ key: String, in range: ClosedRange<Int>, default: Int? = nil) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let node = value(key, expected, optional: `default` != nil) else { return has(key) ? nil : `default` }
        guard case .scalar(let text, quoted: false) = node.content, let number = Int(text), range.contains(number)
        else { return wrong(node, key, expected) }
        return number
    }

    func choice<Choice: RawRepresentable<String>>(_ key: String, of all: [Choice], default: Choice? = nil) -> Choice? {
        let expected = "one of \(all.map(\.rawValue).joined(separator: ", "))"
        guard let node = value(key, expected, optional: `default` != nil) else { return has(key) ? nil : `default` }
        guard case .scalar(let text, _) = node.content, let choice = all.first(where: { $0.rawValue == text }) else {
            return wrong(node, key, expected)
        }
        return choice
    }

    func flag(_ key: String, default: Bool) -> Bool? {
        guard let node = value(key, "true or false", optional: true) else { return has(key) ? nil : `default` }
        guard case .scalar(let text, quoted: false) = node.content, text == "true" || text == "false" else {
            return wrong(node, key, "true or false")
        }
        return text == "true"
    }

    /// - Parameter optional: an absent key is an empty list.
    func list(_ key: String, of what: String, optional: Bool = false) -> [FileNode]? {
        if optional, !has(key) { return [] }
        guard let node = value(key, "a list of \(what)", optional: false) else { return nil }
        guard case .list(let nodes) = node.content, !nodes.isEmpty else { return wrong(node, key, "a list of \(what)") }
        return nodes
    }

    func texts(_ key: String, of what: String, _ rule: TextRule, optional: Bool = false) -> [String]? {
        guard let nodes = list(key, of: what, optional: optional) else { return nil }
        let texts = nodes.compactMap { node -> String? in
            guard case .scalar(let text, _) = node.content, rule.holds(text) else {
                return wrong(node, key, rule.expected)
            }
            return text
        }
        return texts.count == nodes.count ? texts : nil
    }

    /// The map under a key; nil without a mistake if the key is absent and may be.
    func map(_ key: String, keys: [String], optional: Bool = false) -> Fields? {
        guard let node = value(key, keys.joined(separator: ", "), optional: optional) else { return nil }
        return Fields(node, "\(place), \(key)", keys: keys, mistakes)
    }

    /// What stands under a key.
    func node(_ key: String) -> FileNode? { pairs[key]?.value }

    /// Notes a mistake at a key.
    func mistake(_ key: String, _ sentence: String) { mistakes.add(line(of: key), "\(place), \(key): \(sentence)") }

    private func value(_ key: String, _ expected: String, optional: Bool) -> FileNode? {
        guard let pair = pairs[key] else {
            if !optional { mistakes.add(line, "\(place): key \"\(key)\" is missing; expected \(expected)") }
            return nil
        }
        guard pair.value.content != .nothing else { return wrong(pair.value, key, expected) }
        return pair.value
    }

    /// Mistakes are logged: what stands under these keys is named without showing it.
    private static let hidden: Set<String> = ["number", "passwordHash"]

    private func wrong<Value>(_ node: FileNode, _ key: String, _ expected: String) -> Value? {
        let found = Self.hidden.contains(key) ? node.foundHidden : node.found
        mistakes.add(node.line, "\(place), \(key): expected \(expected), found \(found)")
        return nil
    }
}
