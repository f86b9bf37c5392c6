/// A file's tree with its line numbers, whatever format it was written in. The reader of the format makes it, so that
/// what a directory must look like is known here alone.
public struct FileNode: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        /// The text as it stands in the file; `quoted` if the author said that it is text and no number.
        case scalar(String, quoted: Bool)
        case list([FileNode])
        case map([Pair])
        /// A key without a value.
        case nothing
    }
    public struct Pair: Hashable, Sendable {
        public let key: String
        public let line: Int
        public let value: FileNode
        public init(key: String, line: Int, value: FileNode) { (self.key, self.line, self.value) = (key, line, value) }
    }
    /// From 1.
    public let line: Int
    public let content: Content
    public init(line: Int, content: Content) { (self.line, self.content) = (line, content) }

    /// What stands there, in the words of a mistake.
    var found: String {
        switch content {
        case .scalar(let text, _): "\"\(text.prefix(40))\""
        case .list: "a list"
        case .map: "keys with values"
        case .nothing: "nothing"
        }
    }

    /// The same for a device's number or a password's hash: its last two digits at most.
    var foundHidden: String {
        guard case .scalar(let text, _) = content else { return found }
        return "\"\(text.lastTwoDigits)\""
    }
}

extension String {
    /// A number as administrators may see it: "…67".
    var lastTwoDigits: String {
        "…" + String(decoding: utf8.filter { (48...57).contains($0) }.suffix(2), as: UTF8.self)
    }
}
