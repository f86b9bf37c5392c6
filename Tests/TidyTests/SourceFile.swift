import Foundation

/// One file of the project, with what the house rules count.
struct SourceFile: CustomStringConvertible {
    /// From the project's folder: "Shared/BusContract/Envelope.swift".
    let path: String
    let text: String
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var description: String { path }
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }

    /// Modules that a Swift file imports.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at < words.count - 1 else { return nil }
            guard words[..<at].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "internal" }) else {
                return nil
            }
            return words[at + 1].split(separator: ".").first.map(String.init)
        }
    }

    /// Swift functions, initialisers and computed properties with a body of more than one line: first line (from 1) and
    /// how many lines they have. The format is swift-format's: a body ends with a brace in its declaration's column.
    var functions: [(line: Int, count: Int)] {
        let lines = lines
        return lines.indices.compactMap { start in
            guard Self.opensFunction(lines[start]), let end = Self.end(of: start, in: lines) else { return nil }
            return (start + 1, end - start + 1)
        }
    }

    /// Names of the functions whose body holds one of `words`.
    func functions(holding words: [String]) -> [String] {
        let lines = lines
        return functions.compactMap { function in
            let body = lines[(function.line - 1)..<(function.line - 1 + function.count)]
            guard body.contains(where: { line in words.contains { line.contains($0) } }) else { return nil }
            let parts = body.first?.split(separator: "func ", maxSplits: 1) ?? []
            return parts.last.map { String($0.prefix { $0 != "(" && $0 != "<" }) }
        }
    }

    private static func opensFunction(_ line: Substring) -> Bool {
        let words = line.split(whereSeparator: { " (<?{:".contains($0) })
        let modifiers: Set<Substring> = [
            "public", "private", "fileprivate", "internal", "static", "mutating", "final", "override", "required",
            "convenience", "nonisolated", "consuming", "borrowing", "lazy",
        ]
        guard let word = words.first(where: { !modifiers.contains($0) && !$0.hasPrefix("@") }) else { return false }
        return word == "func" || word == "init" || word == "deinit" || word == "var" || word == "subscript"
    }

    /// The line that closes what `start` opens; nil if it is one line, or has no body.
    private static func end(of start: Int, in lines: [Substring]) -> Int? {
        let column = indent(lines[start])
        for index in lines.indices.dropFirst(start + 1) {
            let line = lines[index].drop { $0 == " " }
            if line.isEmpty || indent(lines[index]) > column { continue }
            if indent(lines[index]) == column, line.hasPrefix("}") { return index }
            let goesOn = [")", "->", "where", "{", "async", "throws"].contains { line.hasPrefix($0) }
            if indent(lines[index]) < column || !goesOn { return nil }
        }
        return nil
    }

    private static func indent(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
}

/// All files that we wrote.
enum Project {
    static let folder = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(in: ["Shared", "Services", "deploy", "Tests"], named: [".swift", ".c", ".h", ".cpp"])
    static let swift = sources.filter { $0.path.hasSuffix(".swift") }

    static func swift(in place: String) -> [SourceFile] { swift.filter { $0.path.hasPrefix(place + "/") } }

    private static func files(in places: [String], named endings: [String]) -> [SourceFile] {
        places.flatMap { place in
            let inner = FileManager.default.subpaths(atPath: folder.appending(path: place).path) ?? []
            return inner.filter { path in endings.contains { path.hasSuffix($0) } }.sorted().compactMap { path in
                read("\(place)/\(path)")
            }
        }
    }

    private static func read(_ path: String) -> SourceFile? {
        guard let bytes = FileManager.default.contents(atPath: folder.appending(path: path).path) else { return nil }
        return SourceFile(path: path, text: String(decoding: bytes, as: UTF8.self))
    }
}
