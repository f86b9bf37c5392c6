import Foundation

/// A folder of our own under the system's temporary directory; removed at the end, unless KEEP=1.
public final class LocalFolder: Sendable {
    public let path: String
    public static var keeps: Bool { ProcessInfo.processInfo.environment["KEEP"] == "1" }

    public init(_ name: String = "house") throws(HouseError) {
        let place = FileManager.default.temporaryDirectory.path
        path = place + "/rufbus-\(name)-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        if !Self.keeps { try Janitor.shared.watch(folder: path) }
        guard mkdir(path, 0o711) == 0 else { throw HouseError("cannot make \(path): \(errorText())") }
        // PostgreSQL runs as a user of its own and must be able to come in.
        chmod(path, 0o711)
    }

    /// A new folder inside.
    public func folder(_ name: String) throws(HouseError) -> String {
        let inner = path + "/" + name
        guard mkdir(inner, 0o755) == 0 else { throw HouseError("cannot make \(inner): \(errorText())") }
        return inner
    }

    public func remove() throws(HouseError) {
        if Self.keeps { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw HouseError("cannot remove \(path): \(error)")
        }
        try Janitor.shared.forget(folder: path)
    }
}

/// Writes a text file.
public func writeFile(_ path: String, _ text: String) throws(HouseError) {
    do { try text.write(toFile: path, atomically: false, encoding: .utf8) } catch {
        throw HouseError("cannot write \(path): \(error)")
    }
}
