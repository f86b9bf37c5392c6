import Foundation
import LocalHouse

/// The peer for a call through: Sippy's `b2bua_simple`, in a Python environment that is made once.
struct Sippy {
    let child: Child
    let port: UInt16

    static func start(house: House, next: UInt16) async throws -> Sippy {
        let python = try await environment(house)
        let port = try FreePort.next()
        let child = try Child(
            "sippy", python + "/bin/python3",
            ["-m", "sippy.b2bua_simple", "-f", "-l", house.address, "-p", "\(port)", "-n", "\(house.address):\(next)"],
            environment: ["SIPLOG_BEND": "none", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"],
            folder: house.folder.path)
        try await Task.sleep(for: .seconds(2))
        guard child.exit == nil else { throw HouseError("Sippy ended at once: \(child.logTail())") }
        return Sippy(child: child, port: port)
    }

    /// `.build/sippy`: kept between runs.
    private static func environment(_ house: House) async throws -> String {
        let folder = try Build.checkout() + "/.build/sippy"
        if FileManager.default.fileExists(atPath: folder + "/done") { return folder }
        print("making a Python environment with Sippy …")
        try await run("venv", "/usr/bin/python3", ["-m", "venv", folder], house)
        try await run("pip", folder + "/bin/pip", ["install", "--quiet", "sippy==2.5.0"], house)
        try writeFile(folder + "/done", "")
        return folder
    }

    private static func run(_ name: String, _ program: String, _ arguments: [String], _ house: House) async throws {
        let child = try Child(name, program, arguments, folder: house.folder.path)
        guard await child.wait(limit: .seconds(180)) == .status(0) else {
            throw HouseError("\(name) failed: \(child.logTail())")
        }
    }
}
