import Foundation
import Glibc
import LocalHouse
import Logging
import Synchronization
import Testing

@testable import Postgres

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

    /// What is wrong with a URL, before anybody is connected to; the password is in none of the answers.
    static let badURLs = [
        ("", "it does not begin with postgresql://"), ("mysql://x", "it does not begin with postgresql://"),
        ("host=x dbname=y", "it does not begin with postgresql://"),
        ("postgresql://h:port/x", "the port is no number from 1 to 65535"),
        ("postgresql://h:0/x", "the port is no number from 1 to 65535"),
        ("postgresql://h:70000/x", "the port is no number from 1 to 65535"),
        ("postgresql://a:1,b:2,c:3,d/x?port=1,2", "it has 4 hosts and 2 ports"),
        ("postgresql://h/x?sslmode", "missing key/value separator"),
        ("postgresql://h/x?sslmode=full", "sslmode is none of disable, allow, prefer, require, verify-ca, verify-full"),
        ("postgresql://h/x?sslrootcert=/nowhere.pem", "sslrootcert names no file that can be read"),
        ("postgresql://h/x?target_session_attrs=master", "target_session_attrs is none of any, read-write"),
        ("postgresql://h/x?connect_timeout=soon", "connect_timeout is no number"),
        ("postgresql://h/x?replication=database", "replication is not for this program"),
        ("postgresql://h/x?sllmode=require", "it has no parameter \"sllmode\""),
        ("postgresql://u:hunter2%zz@h/x", "invalid percent-encoded token"),
        ("postgresql://u:hunter2%00@h/x", "forbidden value %00 in percent-encoded value"),
        ("postgresql://[::1/x", "end of string reached when looking for matching \"]\" in IPv6 host address"),
    ]

    @Test(arguments: badURLs) func anUnreadableURLSaysWhyAndHowItShouldLook(_ url: String, _ why: String) async {
        let problem = Database.problem(inURL: url)
        #expect(problem?.contains(why) == true, "\(problem ?? "none")")
        let error = await openFailure(url)
        #expect(error.kind == .badURL && !error.mayPass && !error.message.contains("hunter2"))
        #expect(error.message.contains("expected postgresql://user:password@host:port/database"))
    }

    /// What only the server or the name server can tell.
    @Test func whatTheURLAsksForAndNobodyGivesIsNamed() async {
        let option = await openFailure(server.adminURL() + "?options=-c%20colour%3Dred")
        #expect(option.kind == .badURL && option.message.contains("stands in \"options\": mend it"), "\(option)")
        let value = await openFailure(server.adminURL() + "?options=-c%20work_mem%3Dmuch")
        #expect(value.kind == .badURL && value.message.contains("stands in \"options\": mend it"), "\(value)")
        let address = await openFailure("postgresql:///x?hostaddr=nowhere")
        #expect(address.kind == .badURL && address.message.contains("hostaddr is no address"), "\(address)")
        let service = await openFailure("postgresql:///x?service=nowhere")
        #expect(service.kind == .badURL && service.message.contains("service is not in pg_service.conf"), "\(service)")
        let name = await openFailure("postgresql://postgres@nowhere.invalid/x")
        #expect(name.kind == .unreachable && name.mayPass)
        #expect(name.message.contains("the name \"nowhere.invalid\" is not known: mend the host"), "\(name)")
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

    /// Makes a role that gets in by password only.
    private func askForPassword(of role: String) async throws {
        try await rule("host all \(role) 127.0.0.1/32 scram-sha-256", for: role)
    }

    /// Makes a role with a rule of its own, and waits until the server goes by it.
    private func rule(_ line: String, for role: String) async throws {
        try await server.sql("CREATE ROLE \(role) LOGIN PASSWORD 'right'")
        let path = server.folder + "/data/pg_hba.conf"
        try Self.rules.withLock { _ in
            let old = try String(contentsOfFile: path, encoding: .utf8)
            try Data("\(line)\n\(old)".utf8).write(to: URL(filePath: path))
        }
        try await server.sql("SELECT pg_reload_conf()")
        while true {
            let probe = Database(
                url: "postgresql://\(role)@127.0.0.1:\(server.port)/postgres", name: "probe", logger: .silent)
            do { try await probe.open() } catch { return await probe.close() }
            await probe.close()
            try await Task.sleep(for: .milliseconds(20))
        }
    }
    private static let rules = Mutex(())

    // MARK: Rights

    @Test func aMissingRoleIsNamed() async throws {
        let url = "postgresql://nobody@127.0.0.1:\(server.port)/postgres"
        let error = await openFailure(url)
        #expect(error.kind == .login && !error.mayPass)
        #expect(error.message.contains("has no role \"nobody\" that may log in: CREATE ROLE \"nobody\" LOGIN"))
        try await server.sql("CREATE ROLE nobody NOLOGIN")
        #expect(await openFailure(url).message.contains("has no role \"nobody\" that may log in"))
    }

    @Test func whomTheServersRulesKeepOutIsToldOfThem() async throws {
        try await rule("host all outsider 127.0.0.1/32 reject", for: "outsider")
        let error = await openFailure("postgresql://outsider@127.0.0.1:\(server.port)/postgres")
        #expect(error.kind == .login && error.sqlState == "28000" && !error.mayPass)
        #expect(
            error.message.contains("does not let user \"outsider\" into database \"postgres\" this way: add a line"))
    }

    @Test func aDatabaseThatMayNotBeEnteredIsNamed() async throws {
        try await server.sql("CREATE DATABASE shut")
        try await server.sql("REVOKE CONNECT ON DATABASE shut FROM PUBLIC")
        try await server.sql("CREATE ROLE visitor LOGIN")
        let right = await openFailure("postgresql://visitor@127.0.0.1:\(server.port)/shut")
        #expect(right.kind == .permission && !right.mayPass)
        #expect(right.message.contains("GRANT CONNECT ON DATABASE \"shut\" TO \"visitor\""), "\(right)")
        try await server.sql("ALTER DATABASE shut ALLOW_CONNECTIONS false")
        let closed = await openFailure(server.adminURL("shut"))
        #expect(closed.message.contains("ALTER DATABASE \"shut\" ALLOW_CONNECTIONS true"), "\(closed)")
    }

    @Test func aStatementWithoutTheRightForItSaysSo() async throws {
        try await server.sql("CREATE TABLE private (n int8); CREATE ROLE reader LOGIN")
        let database = Database(
            url: "postgresql://reader@127.0.0.1:\(server.port)/postgres", name: "test", logger: .silent)
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in _ = try connection.query("TABLE private") }
        }
        #expect(error.kind == .permission && error.sqlState == "42501" && error.message.contains("database.url"))
        await database.close()
    }

    // MARK: Read-only

    @Test func aDatabaseThatTakesNoChangesIsRefusedUnlessItIsOnlyRead() async throws {
        try await server.sql("CREATE DATABASE still")
        try await server.sql("ALTER DATABASE still SET default_transaction_read_only = on")
        let error = await openFailure(server.adminURL("still"))
        #expect(error.kind == .readOnly && !error.mayPass)
        #expect(
            error.message.contains("database \"still\" at 127.0.0.1:\(server.port) takes no changes: ALTER DATABASE"))
        let reader = Database(url: server.adminURL("still"), name: "test", writes: false, logger: .silent)
        let write = await failure {
            try await reader.run { (connection) throws(PostgresError) in
                #expect(try connection.query("SELECT 1").count == 1)
                try connection.script("CREATE TABLE t ()")
            }
        }
        #expect(write.kind == .readOnly && write.sqlState == "25006")
        await reader.close()
    }

    @Test(.timeLimit(.minutes(1))) func aStandbyIsRefused() async throws {
        let stage = try await OwnServer()
        await stage.server.stop()
        try Data().write(to: URL(filePath: stage.server.folder + "/data/standby.signal"))
        try await stage.server.start()
        let error = await openFailure(stage.server.adminURL())
        #expect(error.kind == .readOnly)
        #expect(error.message.contains("is a standby and takes no changes: name the primary"), "\(error)")
        let asked = await openFailure(stage.server.adminURL() + "?target_session_attrs=read-write")
        #expect(asked.kind == .readOnly && asked.message.contains("target_session_attrs"), "\(asked)")
        // A standby that lets nobody in until it is promoted.
        await stage.server.stop()
        stage.server.set(["hot_standby=off"])
        await #expect(throws: HouseError.self) { try await stage.server.start(limit: .seconds(1)) }
        let starting = await openFailure(stage.server.adminURL())
        #expect(starting.kind == .unavailable && starting.sqlState == "57P03" && starting.mayPass, "\(starting)")
        try await stage.end()
    }

    // MARK: Clocks

    @Test(arguments: [(600_000, "600 s behind"), (-600_000, "600 s ahead of")]) func aClockThatIsFarOffIsToldOf(
        _ shiftMs: Int64, _ words: String
    ) async throws {
        let seen = LogLines()
        let settings = ConnectionSettings(
            url: server.adminURL(), name: "test", statementLimitMs: 1_000, writes: true,
            clock: { Int64(Date().timeIntervalSince1970 * 1000) + shiftMs })
        let database = Database(settings, connections: 1, waitLimitMs: 1_000, logger: Logger(label: "x") { _ in seen })
        try await database.open()
        let warnings = seen.lines.withLock { $0.filter { $0.hasPrefix("warning") } }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("the clock of 127.0.0.1:\(server.port) is \(words) this machine's") == true)
        await database.close()
    }

    @Test func aClockThatIsRightIsNotSpokenOf() async throws {
        let seen = LogLines()
        let database = Database(url: server.adminURL(), name: "test", logger: Logger(label: "x") { _ in seen })
        try await database.open()
        #expect(seen.lines.withLock { $0.filter { $0.hasPrefix("warning") } }.isEmpty)
        await database.close()
    }

    // MARK: Places

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

    @Test func whatIsNoDatabaseIsNamed() async throws {
        let listener = try Parrot(says: "HTTP/1.1 400 Bad Request\r\n\r\n")
        let error = await openFailure("postgresql://postgres@127.0.0.1:\(listener.port)/postgres")
        #expect(
            error.kind == .unreachable && error.message.contains("is no PostgreSQL: mend host and port"), "\(error)")
        let plain = await openFailure("postgresql://postgres@127.0.0.1:\(listener.port)/postgres?sslmode=disable")
        #expect(
            plain.kind == .unreachable && plain.message.contains("is no PostgreSQL: mend host and port"), "\(plain)")
    }

    // MARK: Lost connections

    @Test func theRunThatLosesItsConnectionSaysSoAndTheNextOneReconnects() async throws {
        let database = Database(url: server.adminURL(), name: "victim", logger: .silent)
        _ = try await number(database)
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                _ = try connection.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        }
        #expect(error.kind == .lost && error.mayPass)
        #expect(try await number(database) == 7)  // Prepared again: the new connection knows no statement.
        await database.close()
    }

    @Test(.timeLimit(.minutes(1))) func aKilledServerThatComesBackIsFoundAgain() async throws {
        let stage = try await OwnServer()
        let own = stage.server
        let database = Database(url: own.adminURL(), name: "patient", logger: .silent)
        _ = try await number(database)
        await own.kill()
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

/// Listens, and says the same to everybody.
private final class Parrot {
    let port: Int
    private let socket: Int32
    init(says greeting: String) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try bound(socket)
        guard listen(socket, 8) == 0 else { throw PostgresError(.unreachable, "listen: \(errno)") }
        Thread.detachNewThread { [socket] in
            while case let client = accept(socket, nil, nil), client >= 0 {
                send(client, greeting, greeting.utf8.count, Int32(MSG_NOSIGNAL))
                shutdown(client, Int32(SHUT_WR))
                recv(client, nil, 0, 0)
                close(client)
            }
        }
    }
    deinit {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
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
