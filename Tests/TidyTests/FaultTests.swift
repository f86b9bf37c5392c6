import Foundation
import Testing

/// The faults of `make faults` do not rot: each says what it breaks, and still applies to the core as it is.
struct FaultTests {
    private static let folder = Project.folder.appending(path: "Tests/Faults")
    static let patches = (FileManager.default.subpaths(atPath: folder.path) ?? [])
        .filter { $0.hasSuffix(".patch") }.sorted()

    @Test func thereAreEnough() { #expect(Self.patches.count >= 25) }

    @Test(arguments: patches) func itSaysWhatItBreaks(_ patch: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: patch), encoding: .utf8)
        let first = text.prefix { $0 != "\n" }
        #expect(first.count > 20 && !first.hasPrefix("diff") && !first.hasPrefix("---"), "\(patch)")
        let files = text.split(separator: "\n").filter { $0.hasPrefix("+++ ") }
        #expect(!files.isEmpty && files.allSatisfy { $0.contains("/Services/signaling/CallControl/") }, "\(patch)")
    }

    @Test(arguments: patches) func itApplies(_ patch: String) throws {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "apply", "--check", "Tests/Faults/\(patch)"]
        git.currentDirectoryURL = Project.folder
        let words = Pipe()
        git.standardError = words
        try git.run()
        let said = String(decoding: words.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        #expect(git.terminationStatus == 0, "\(said)")
    }
}
