import Foundation

/// The messages that fuzzing begins with: Tests/Fixtures/sip.
public struct Seeds: Sendable {
    public let messages: [[UInt8]]
    /// The lines of each, with their breaks.
    let lines: [[[UInt8]]]

    /// - Parameter folders: of Tests/Fixtures/sip.
    public init(_ folders: [String] = ["ordinary", "rfc4475"]) throws {
        let messages = try folders.flatMap { folder in
            let folder = Self.place.appending(path: folder)
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            return try files.sorted { $0.path < $1.path }.map { [UInt8](try Data(contentsOf: $0)) }
        }
        (self.messages, lines) = (messages, messages.map(Damage.lines))
    }

    public static let place = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/sip")
}
