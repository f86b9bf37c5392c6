import Foundation
import Logging
import Postgres
import Testing

/// A PostgreSQL server of its own around a suite, and a fresh database for each test.
struct PostgresStage: SuiteTrait, TestScoping {
    @TaskLocal static var server: TemporaryServer?
    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let server = try TemporaryServer()
        defer { server.stop() }
        try await Self.$server.withValue(server) { try await body() }
    }
}

final class TemporaryServer: Sendable {
    let folder: String, port: Int
    init() throws {
        folder = "/tmp/dbstage-\(UUID().uuidString)"; port = Int.random(in: 20000...30000)
        try run(
            "mkdir -p \(folder) && chown postgres \(folder) && cd \(folder) && setpriv --reuid=postgres --regid=postgres --clear-groups /usr/lib/postgresql/15/bin/initdb --no-sync -A trust -U postgres \(folder)/data >/dev/null"
        )
        try start()
    }
    func start() throws {
        try run(
            "cd \(folder) && setpriv --reuid=postgres --regid=postgres --clear-groups /usr/lib/postgresql/15/bin/pg_ctl -w -D data -o '-p \(port) -c listen_addresses=127.0.0.1 -k \(folder)' -l \(folder)/log start >/dev/null"
        )
    }
    func kill() throws { try run("kill -9 $(cat \(folder)/data/postmaster.pid | head -1); sleep 0.3") }
    func stop() {
        try? run(
            "cd \(folder) && setpriv --reuid=postgres --regid=postgres --clear-groups /usr/lib/postgresql/15/bin/pg_ctl -m immediate -D data stop >/dev/null; rm -rf \(folder)"
        )
    }
    func run(_ s: String) throws {
        let p = Process(); p.executableURL = URL(filePath: "/bin/bash"); p.arguments = ["-c", s]
        try p.run(); p.waitUntilExit()
        guard p.terminationStatus == 0 else { throw CancellationError() }
    }
    func url(_ db: String, user: String = "postgres", password: String = "") -> String {
        "postgresql://\(user):\(password)@127.0.0.1:\(port)/\(db)"
    }
}
