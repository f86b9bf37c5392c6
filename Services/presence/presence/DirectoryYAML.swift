import Foundation
import PhoneNumbers
import PresenceCore
import Yams

/// Reads the directory file.
enum DirectoryYAML {
    /// - Throws: every mistake in it, with its line.
    static func read(path: String) throws(DirectoryMistakes) -> DirectoryFile {
        guard let text = text(of: path) else {
            throw DirectoryMistakes([DirectoryMistake(line: 1, "the file cannot be read, or is not UTF-8")])
        }
        return try read(text, in: URL(filePath: path).deletingLastPathComponent())
    }

    /// - Parameter folder: where the paths of identity profiles begin.
    static func read(_ text: String, in folder: URL? = nil) throws(DirectoryMistakes) -> DirectoryFile {
        try DirectoryFile.read(
            try node(text), isEmergency: { digits, office in NumberReader(office).isEmergency(digits) },
            isTimeZone: { TimeZone(identifier: $0) != nil },
            profile: { (path) throws(DirectoryMistakes) in
                let place = path.hasPrefix("/") ? path : folder?.appending(path: path).path
                guard let place, let text = Self.text(of: place) else { return nil }
                return try node(text)
            })
    }

    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(bytes: $0, encoding: .utf8) }
    }

    private static func node(_ text: String) throws(DirectoryMistakes) -> FileNode {
        do {
            return try Yams.compose(yaml: text).map { tree($0, 1) } ?? FileNode(line: 1, content: .nothing)
        } catch { throw DirectoryMistakes([mistake(error)]) }
    }

    private static func tree(_ node: Node, _ above: Int) -> FileNode {
        let line = node.mark?.line ?? above
        switch node {
        case .scalar(let scalar): return FileNode(line: line, content: content(scalar))
        case .sequence(let nodes): return FileNode(line: line, content: .list(nodes.map { tree($0, line) }))
        case .mapping(let pairs):
            let all = pairs.map { key, value in
                let line = key.mark?.line ?? line
                return FileNode.Pair(key: key.scalar?.string ?? "(not a text)", line: line, value: tree(value, line))
            }
            return FileNode(line: line, content: .map(all))
        case .alias: return FileNode(line: line, content: .nothing)
        }
    }

    private static func content(_ scalar: Node.Scalar) -> FileNode.Content {
        let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        if !isQuoted, ["", "~", "null"].contains(scalar.string) { return .nothing }
        return .scalar(scalar.string, quoted: isQuoted)
    }

    private static func mistake(_ error: any Error) -> DirectoryMistake {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            DirectoryMistake(line: mark.line, "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            DirectoryMistake(line: context.mark.line, "the key \(keys.joined(separator: ", ")) stands here twice")
        case .reader(let problem, _, _, _): DirectoryMistake(line: 1, "this is not YAML: \(problem)")
        default: DirectoryMistake(line: 1, "this is not YAML: \(error)")
        }
    }
}
