// Writes the files that follow from BusContract, or checks (`--check`) that they are what it says.
// Run it in the project's folder: `rufbus-generate [--check]`.
import BusContract
import Foundation

/// One generated file: its path from the project's folder, and what it must hold.
struct Generated {
    let path: String
    let text: String
}

func definitionsText() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Topology.definitions(passwords: [:])), as: UTF8.self) + "\n"
}

func check(_ file: Generated) -> Bool {
    let found = FileManager.default.contents(atPath: file.path).map { String(decoding: $0, as: UTF8.self) }
    if found != file.text { print("\(file.path) is not what BusContract says: run make generate") }
    return found == file.text
}

func write(_ file: Generated) throws {
    let folder = URL(filePath: file.path).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(file.text.utf8).write(to: URL(filePath: file.path))
    print("wrote \(file.path)")
}

let files = [Generated(path: "deploy/broker/definitions.json", text: try definitionsText())]
if CommandLine.arguments.contains("--check") {
    exit(files.map(check).allSatisfy { $0 } ? 0 : 1)
}
for file in files { try write(file) }
