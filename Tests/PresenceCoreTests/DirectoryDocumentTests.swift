import Foundation
import PresenceCore
import Testing

@testable import rufbus_presence

/// The example of docs/directory.md is a directory, with all keys that there are.
@Test func theDocumentsExampleIsRead() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/directory.md")
    let parts = try String(contentsOf: path, encoding: .utf8).components(separatedBy: "```")
    let example = try #require(parts.first { $0.hasPrefix("yaml") }).dropFirst(4)
    let hash = "$y$j9T$rufbusdemoanna..$pHmLhbfOmvFQ2rSfFlcSVt6JAto/y0loRzbcjK4snE3"
    let file = try DirectoryYAML.read(String(example.replacing("$y$j9T$…", with: hash)))
    let ben = try #require(file.users.last).user
    #expect(file.trunks.map(\.trunk.rawValue) == ["carrier", "pbx"] && ben.plan?.id.rawValue == "everywhere")
    #expect(ben.rules.timetable.count == 3 && ben.active.rawValue == "office")
}
