import Glibc
import LocalHouse
import Logging
import Postgres
import Testing

/// A PostgreSQL server of its own around a suite.
struct PostgresStage: SuiteTrait, TestScoping {
    @TaskLocal static var current: PostgresServer?
    static var server: PostgresServer {
        guard let current else { preconditionFailure("the suite has no PostgresStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let stage = try await OwnServer()
        try await Self.$current.withValue(stage.server) { try await body() }
        try await stage.end()
    }
}

/// A running server in a folder of its own.
struct OwnServer {
    let folder: LocalFolder
    let server: PostgresServer
    init() async throws {
        folder = try LocalFolder("postgres")
        server = try PostgresServer(in: folder)
        try await server.start()
    }
    func end() async throws {
        await server.stop()
        try folder.remove()
    }
}

extension PostgresServer {
    /// A client with the superuser's rights.
    func database(_ name: String) -> Database { Database(url: adminURL(name), name: "test-\(name)", logger: .silent) }

    func freshDatabase(_ name: String) async throws -> Database {
        try await sql("CREATE DATABASE \(name)")
        return database(name)
    }
}

/// Freezes the calling thread: on a connection's own thread it stands for a process that stopped.
func sleepOnThisThread(milliseconds: UInt32) { usleep(milliseconds * 1000) }
