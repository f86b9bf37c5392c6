import Foundation

/// Where the API is and who I am there: a file that only its owner can read. `RUFBUS_SERVER` and `RUFBUS_TOKEN` win.
struct Session: Codable {
    var server: String
    var token: String

    static func load() throws(CommandFailure) -> Session {
        let environment = ProcessInfo.processInfo.environment
        let stored = read()
        guard let server = environment["RUFBUS_SERVER"] ?? stored?.server,
            let token = environment["RUFBUS_TOKEN"] ?? stored?.token
        else { throw CommandFailure("You are not logged in: rufbus login --server URL USER") }
        return Session(server: server, token: token)
    }

    func store() throws {
        let file = Self.file
        let folder = file.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data().write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try JSONEncoder().encode(self).write(to: file)
    }

    private static func read() -> Session? {
        guard let data = FileManager.default.contents(atPath: file.path) else { return nil }
        // A file that cannot be read is like none: the next login writes it anew.
        do { return try JSONDecoder().decode(Session.self, from: data) } catch { return nil }
    }

    private static var file: URL {
        let environment = ProcessInfo.processInfo.environment
        let home = URL(filePath: environment["HOME"] ?? "/")
        let folder = environment["XDG_CONFIG_HOME"].map { URL(filePath: $0) } ?? home.appending(path: ".config")
        return folder.appending(path: "rufbus/session.json")
    }
}

/// What ends a command with status 1: a sentence.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}
