import Foundation

/// The last messages that went to the running stack, in two files in turn: what breaks it need not be the input that
/// libFuzzer names.
final class SentLog {
    private let folder: String
    private var file: FileHandle?
    private var count = 0
    private static let each = 1_000

    init(_ folder: String) { self.folder = folder }

    func note(_ message: [UInt8]) {
        if count % Self.each == 0 { begin("\(folder)/sent-\(count / Self.each % 2)") }
        count += 1
        let text = Data("=== \(count): \(message.count) bytes\r\n".utf8) + Data(message) + Data("\r\n".utf8)
        do { try file?.write(contentsOf: text) } catch { print("cannot write to \(folder): \(error)") }
    }

    private func begin(_ path: String) {
        if !FileManager.default.createFile(atPath: path, contents: nil) { print("cannot write \(path)") }
        file = FileHandle(forWritingAtPath: path)
    }
}
