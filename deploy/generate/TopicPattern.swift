/// Binding keys of topic exchanges: `*` is one word, `#` any number.
enum TopicPattern {
    static func binds(_ pattern: String, _ key: String) -> Bool {
        binds(pattern.split(separator: ".")[...], key.split(separator: ".")[...])
    }

    private static func binds(_ pattern: ArraySlice<Substring>, _ words: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return words.isEmpty }
        if first == "#" {
            return binds(pattern.dropFirst(), [])
                || words.indices.contains { binds(pattern.dropFirst(), words[$0...]) }
        }
        guard let word = words.first, first == "*" || first == word else { return false }
        return binds(pattern.dropFirst(), words.dropFirst())
    }
}
