/// What is wrong in a directory file, and where.
public struct DirectoryMistake: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    /// What stands there, and what was expected.
    public let sentence: String
    public init(line: Int, _ sentence: String) { (self.line, self.sentence) = (line, sentence) }
    public var description: String { "line \(line): \(sentence)" }
    public static func < (a: Self, b: Self) -> Bool { (a.line, a.sentence) < (b.line, b.sentence) }
}

/// All that is wrong in a directory file, in the order of its lines. Nothing of such a file is used.
public struct DirectoryMistakes: Error, Hashable, Sendable, CustomStringConvertible {
    public let all: [DirectoryMistake]
    public init(_ all: [DirectoryMistake]) { self.all = all.sorted() }
    public var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Collects mistakes while a file is read.
final class MistakeList {
    private(set) var all: [DirectoryMistake] = []
    func add(_ line: Int, _ sentence: String) { all.append(DirectoryMistake(line: line, sentence)) }
}
