import Foundation
import LocalHouse

/// `.run/pid`: says that this clone is up, and which process to end.
struct RunMark {
    private let file: String

    /// - Throws: if another run of this clone is up.
    init() throws {
        let folder = try Build.checkout() + "/.run"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        file = folder + "/pid"
        if let other = Self.running(file) {
            throw HouseError("this clone is up already (pid \(other)): make stop ends it")
        }
        try "\(getpid())\n".write(toFile: file, atomically: true, encoding: .utf8)
    }

    func remove() { unlink(file) }

    private static func running(_ file: String) -> Int32? {
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { return nil }
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) ?? ""
        return path.hasSuffix("/rufbus-local") ? pid : nil
    }
}
