// Writes the files that follow from BusContract, or checks that they are what it says. Run it in the project's folder.
import ArgumentParser
import BusContract
import Foundation

@main struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rufbus-generate",
        abstract: "Writes the files that follow from BusContract, in the project's folder.")
    @Flag(help: "Write nothing; end with 1 if a file is not what BusContract says.")
    var check = false

    func run() throws {
        let files = try Generated.all()
        if check {
            let stale = files.filter { !$0.isCurrent(in: ".") }
            for file in stale { print("\(file.path) is not what BusContract says: run make generate") }
            throw stale.isEmpty ? ExitCode.success : ExitCode.failure
        }
        for file in files { try file.write(in: ".") }
        for message in Message.all { try Fixture(message).writeIfMissing(in: ".") }
    }
}

/// One generated file: its path from the project's folder, and what it holds.
struct Generated {
    let path: String
    let text: String

    static func all() throws -> [Generated] {
        [
            Generated(path: "deploy/broker/definitions.json", text: try definitions()),
            Generated(path: "docs/events.md", text: EventsDocument.text),
            Generated(path: "docs/asyncapi.yaml", text: try AsyncAPIDocument.text()),
        ]
    }

    /// Users without passwords: a deployment sets them (`rabbitmqctl change_password`).
    private static func definitions() throws -> String { try json(Topology.definitions(passwords: [:])) }

    func isCurrent(in folder: String) -> Bool {
        FileManager.default.contents(atPath: folder + "/" + path) == Data(text.utf8)
    }

    func write(in folder: String) throws {
        if isCurrent(in: folder) { return }
        let file = URL(filePath: folder).appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        print("wrote \(path)")
    }
}

/// A golden example. Written once, when its type is new; from then on it is what the type means.
struct Fixture {
    let file: Generated

    init(_ message: Message) throws {
        file = Generated(path: "Tests/Fixtures/bus/\(message.fixture)", text: try json(message.example))
    }

    func writeIfMissing(in folder: String) throws {
        if !FileManager.default.fileExists(atPath: folder + "/" + file.path) { try file.write(in: folder) }
    }
}

func json(_ value: any Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
