import Foundation
import Glibc
import Postgres
import Testing

/// What the world does to a database client: each fault is an error that says what to mend, and passes when it passes.
@Suite(PostgresStage()) struct PostgresFaultTests {
    let server = PostgresStage.server

    private func openFailure(_ url: String) async -> PostgresError {
        let database = Database(url: url, name: "test", logger: .silent)
        let error = await failure { try await database.open() }
        await database.close()
        return error
    }

    // MARK: Settings

    @Test(arguments: ["", "mysql://x", "postgresql://h:port/x", "postgresql://h/x?sslmode", "host=x"])
    func anUnreadableURLSaysHowItShouldLook(_ url: String) async {
        let error = await openFailure(url)
        #expect(error.kind == .badURL)
        #expect(error.message.contains("expected postgresql://user:password@host:port/database"))
    }

    @Test func aWrongPasswordIsNamedButNotPrinted() async throws {
        try await askForPassword(of: "picky")
        let error = await openFailure("postgresql://picky:wrong-secret@127.0.0.1:\(server.port)/postgres")
        #expect(error.kind == .login && error.sqlState == "28P01")
        #expect(error.message.contains("refused user \"picky\": mend user or password"))
        #expect(!error.message.contains("wrong-secret"))
        let none = await openFailure("postgresql://picky@127.0.0.1:\(server.port)/postgres")
        #expect(none.kind == .login && none.message.contains("asks for a password, and none is given"))
    }

    /// Makes a role that gets in by password only, and waits until the server has read its new rules.
    private func askForPassword(of role: String) async throws {
        let admin = server.database("postgres")
        let rules = try await admin.run { (connection) throws(PostgresError) in
            try connection.script("CREATE ROLE \(role) LOGIN PASSWORD 'right'")
            return try connection.query("SELECT current_setting('hba_file') AS path")[0].text("path")
        }
        let old = try String(contentsOfFile: rules, encoding: .utf8)
        try Data("host all \(role) 127.0.0.1/32 scram-sha-256\n\(old)".utf8).write(to: URL(filePath: rules))
        try await admin.run { (connection) throws(PostgresError) in try connection.script("SELECT pg_reload_conf()") }
        await admin.close()
        let withoutPassword = "postgresql://\(role)@127.0.0.1:\(server.port)/postgres"
        while true {
            let probe = Database(url: withoutPassword, name: "probe", logger: .silent)
            defer { Task { await probe.close() } }
            do { try await probe.open() } catch { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func aMissingDatabaseIsNamed() async {
        let error = await openFailure(server.adminURL("nowhere"))
        #expect(error.kind == .missingDatabase && error.sqlState == "3D000")
        #expect(error.message.contains("has no database \"nowhere\": create it, or mend the name"))
    }

    @Test func aMissingServerIsNamedWithItsPort() async throws {
        let port = try freePort()
        let error = await openFailure("postgresql://postgres@127.0.0.1:\(port)/postgres")
        #expect(error.kind == .unreachable && error.mayPass)
        #expect(error.message.contains("no PostgreSQL answers at 127.0.0.1:\(port): start it, or mend host and port"))
    }

    @Test(.timeLimit(.minutes(1))) func aServerThatAcceptsAndIsSilentIsGivenUp() async throws {
        let listener = try SilentListener()
        let error = await openFailure("postgresql://postgres@127.0.0.1:\(listener.port)/postgres")
        #expect(error.kind == .unreachable && error.message.contains("did not answer within 5 s"))
    }

    // MARK: Lost connections

    @Test func theRunThatLosesItsConnectionSaysSoAndTheNextOneReconnects() async throws {
        let database = Database(url: server.adminURL(), name: "victim", logger: .silent)
        let other = Database(url: server.adminURL(), name: "killer", logger: .silent)
        _ = try await number(database)
        let killed = try await other.run { (connection) throws(PostgresError) in
            try connection.query(
                "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = 'victim'"
            ).count
        }
        #expect(killed == 1)
        let error = await failure { try await number(database) }
        #expect(error.kind == .lost && error.mayPass)
        #expect(try await number(database) == 7)  // Prepared again: the new connection knows no statement.
        await database.close()
        await other.close()
    }

    @Test(.timeLimit(.minutes(1))) func aKilledServerThatComesBackIsFoundAgain() async throws {
        let stage = try await OwnServer()
        let own = stage.server
        let database = Database(url: own.adminURL(), name: "patient", logger: .silent)
        _ = try await number(database)
        await own.kill()
        #expect(await failure { try await number(database) }.kind == .lost)
        let away = await failure { try await number(database) }
        #expect(away.mayPass, "\(away)")
        try await own.start()
        var found: Int?
        while found == nil {
            do { found = try await number(database) } catch {
                #expect(error.mayPass)
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        #expect(found == 7)
        await database.close()
        try await stage.end()
    }

    @Test(.timeLimit(.minutes(1))) func aFrozenServerIsGivenUp() async throws {
        let database = Database(url: server.adminURL(), name: "frozen", statementLimitMs: 200, logger: .silent)
        let pid = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
        }
        kill(pid_t(pid), SIGSTOP)
        defer { kill(pid_t(pid), SIGCONT) }
        let error = await failure { try await number(database) }
        #expect(error.kind == .timeout && error.message.contains("did not answer in time"))
        #expect(try await number(database) == 7)
        await database.close()
    }

    private func number(_ database: Database) async throws(PostgresError) -> Int {
        try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT $1::int8 AS n", [.int(7)])[0].int("n")
        }
    }
}

/// Listens and never says a word.
private final class SilentListener {
    let port: Int
    private let socket: Int32
    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try bound(socket)
        guard listen(socket, 1) == 0 else { throw PostgresError(.unreachable, "listen: \(errno)") }
    }
    deinit { _ = close(socket) }
}

/// A port that nobody listens on.
private func freePort() throws -> Int {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    return try bound(socket)
}

private func bound(_ socket: Int32) throws -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            bind(socket, pointer, length) == 0 ? getsockname(socket, pointer, &length) : -1
        }
    }
    guard code == 0 else { throw PostgresError(.unreachable, "bind: \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
}
