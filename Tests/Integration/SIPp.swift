import Foundation

/// One run of sipp with a scenario of this suite.
final class SIPp: Sendable {
    let port: UInt16
    private let process: Process
    private let folder: URL

    /// - Parameters:
    ///   - office: whom to call; nil to wait for a call.
    ///   - status: takes the place of `{status}` in the scenario.
    init(_ scenario: String, calling office: UInt16? = nil, calls: Int = 1, rate: Int = 10, status: Int = 0) throws {
        port = try SIPPeer.freePort()
        folder = FileManager.default.temporaryDirectory.appending(path: "sipp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let scenarios = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "scenarios")
        let text = try String(contentsOf: scenarios.appending(path: scenario + ".xml"), encoding: .utf8)
        let file = folder.appending(path: "scenario.xml")
        try text.replacing("{status}", with: "\(status)").write(to: file, atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/sipp")
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        var arguments = ["-sf", file.path, "-i", "127.0.0.1", "-p", "\(port)", "-mp", "\(try SIPPeer.freePort())"]
        arguments += ["-m", "\(calls)", "-r", "\(rate)", "-s", "+498984098723", "-nostdin"]
        arguments += ["-timeout", "60", "-timeout_error", "-trace_err", "-error_file", errors.path]
        if let office { arguments.append("127.0.0.1:\(office)") }
        process.arguments = arguments
        try process.run()
    }

    /// Waits for the end: nil if all calls went as the scenario says, else what sipp says.
    func complaint() async -> String? {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async { [process] in
                process.waitUntilExit()
                done.resume()
            }
        }
        defer { remove() }
        guard process.terminationStatus != 0 else { return nil }
        let text = FileManager.default.contents(atPath: errors.path) ?? Data()
        return "sipp ended with \(process.terminationStatus): \(String(decoding: text, as: UTF8.self))"
    }

    private var errors: URL { folder.appending(path: "errors") }

    private func remove() {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            print("sipp's folder \(folder.path) stays: \(error)")
        }
    }
}
