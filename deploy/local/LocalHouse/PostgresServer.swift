import Foundation
import Synchronization

/// A PostgreSQL of our own on a free port, with the databases `presence` and `journal`, each owned by a role of its
/// name.
public final class PostgresServer: Sendable {
    public let port: UInt16
    public let folder: String
    private let settings: Mutex<[String]> = Mutex([])
    private let running: Mutex<Child?> = Mutex(nil)

    public init(in folder: LocalFolder) throws(HouseError) {
        self.folder = try folder.folder("postgres")
        port = try FreePort.next()
    }

    /// What postgresql.conf would say beyond the usual ("max_connections=20"), from the next start on.
    public func set(_ more: [String]) { settings.withLock { $0 += more } }

    /// TLS from the next start on. The server's user gets the key, as PostgreSQL asks.
    public func setTLS(_ pair: Certificates.Pair, authority: String) {
        if getuid() == 0, let user = getpwnam("postgres") {
            chown(pair.key, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        set([
            "ssl=on", "ssl_cert_file=\(pair.certificate)", "ssl_key_file=\(pair.key)", "ssl_ca_file=\(authority)",
        ])
    }

    /// `postgresql://…` for a database, by its owner.
    /// - Parameter through: the port of a relay in between.
    public func url(_ database: String, through relay: UInt16? = nil) -> String {
        "postgresql://\(database)@127.0.0.1:\(relay ?? port)/\(database)"
    }
    /// The same by the superuser.
    public func adminURL(_ database: String = "postgres") -> String {
        "postgresql://postgres@127.0.0.1:\(port)/\(database)"
    }

    /// Makes the cluster and its databases, the first time, and starts it (about a second).
    /// - Throws: if it takes no connections after `limit`; it may run none the less.
    public func start(limit: Duration = .seconds(30)) async throws(HouseError) {
        let isNew = !FileManager.default.fileExists(atPath: folder + "/data/PG_VERSION")
        if isNew { try await initialize() }
        let server = try asPostgres(
            "postgres", "postgres",
            [
                "-D", folder + "/data", "-p", "\(port)", "-k", folder, "-c", "listen_addresses=127.0.0.1",
                // No file in /dev/shm that a kill would leave.
                "-c", "dynamic_shared_memory_type=mmap", "-c", "max_connections=100",
            ] + settings.withLock { $0 }.flatMap { ["-c", $0] }, endSignal: SIGQUIT)
        running.withLock { $0 = server }
        let socket = folder + "/.s.PGSQL.\(port)"
        try await server.waitUntil("ready", limit: limit) {
            FileManager.default.fileExists(atPath: socket)
                && server.logText.contains("database system is ready to accept")
        }
        if isNew { try await createDatabase("presence"); try await createDatabase("journal") }
    }

    public var server: Child? { running.withLock { $0 } }

    /// A new empty database with an owner of the same name.
    public func createDatabase(_ name: String) async throws(HouseError) {
        try await sql("CREATE ROLE \"\(name)\" LOGIN")
        try await sql("CREATE DATABASE \"\(name)\" OWNER \"\(name)\"")
    }

    /// Runs one statement as the superuser; answers psql's unaligned output.
    @discardableResult
    public func sql(_ statement: String, database: String = "postgres") async throws(HouseError) -> String {
        let name = "psql-\(UInt32.random(in: 0...UInt32.max))"
        let child = try Child(
            name, Self.programs + "psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, adminURL(database)],
            folder: folder)
        guard await child.wait() == .status(0) else { throw HouseError("\(statement): \(child.logTail())") }
        return child.logText.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// kill -9; answers when its backends, each in a process group of its own, have seen it and left as well: before
    /// that a new start is refused.
    public func kill() async {
        await server?.kill()
        running.withLock { $0 = nil }
        for _ in 0..<100 where isAttached { await pause(.milliseconds(50)) }
    }

    /// "Fast" shutdown: connections are ended.
    public func stop() async {
        await server?.stop(limit: .seconds(10), signal: SIGINT)
        running.withLock { $0 = nil }
        removeSharedMemory()
    }

    /// A killed server leaves its interlock, a small segment of System V memory.
    private func removeSharedMemory() {
        if let id = sharedMemory { shmctl(id, IPC_RMID, nil) }
    }

    private var isAttached: Bool {
        var facts = shmid_ds()
        guard let id = sharedMemory, shmctl(id, IPC_STAT, &facts) == 0 else { return false }
        return facts.shm_nattch > 0
    }

    /// Line 7 of postmaster.pid holds its key and id; an orderly end removes the file.
    private var sharedMemory: Int32? {
        guard let bytes = FileManager.default.contents(atPath: folder + "/data/postmaster.pid") else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 6 ? lines[6].split(separator: " ").last.flatMap { Int32($0) } : nil
    }

    static let programs = "/usr/lib/postgresql/15/bin/"

    private func initialize() async throws(HouseError) {
        if getuid() == 0, let user = getpwnam("postgres") {
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        let initdb = try asPostgres(
            "initdb", "initdb",
            [
                "--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale", "C.UTF-8",
                "-D", folder + "/data",
            ])
        guard await initdb.wait() == .status(0) else { throw HouseError("initdb failed: \(initdb.logTail())") }
    }

    /// PostgreSQL refuses root.
    private func asPostgres(
        _ name: String, _ program: String, _ arguments: [String], endSignal: Int32 = SIGKILL
    ) throws(HouseError) -> Child {
        let command = [Self.programs + program] + arguments
        guard getuid() == 0 else {
            return try Child(
                name, command[0], Array(command.dropFirst()), folder: folder, endSignal: endSignal)
        }
        let drop = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return try Child(name, "/usr/bin/setpriv", drop + command, folder: folder, endSignal: endSignal)
    }
}
