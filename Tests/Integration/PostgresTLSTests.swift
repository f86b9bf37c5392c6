import Foundation
import LocalHouse
import Logging
import Postgres
import Testing

/// A server with TLS, its certificate for "localhost" alone, and rules for two roles: "sealed" must come encrypted,
/// "signed" with a certificate of its own too.
struct PostgresTLSStage: SuiteTrait, TestScoping {
    struct Props: Sendable {
        let server: PostgresServer
        let certificates: Certificates, others: Certificates
        let folder: LocalFolder
    }
    @TaskLocal static var current: Props?
    static var props: Props {
        guard let current else { preconditionFailure("the suite has no PostgresTLSStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let folder = try LocalFolder("postgres-tls")
        let certificates = try await Certificates(in: folder, name: "house")
        let server = try PostgresServer(in: folder)
        try await server.start()
        try await server.sql("CREATE ROLE sealed LOGIN; CREATE ROLE signed LOGIN")
        await server.stop()
        server.setTLS(try await certificates.issue("localhost"), authority: certificates.authority)
        try Self.prepend(
            ["hostssl all sealed 127.0.0.1/32 trust", "hostnossl all sealed 127.0.0.1/32 reject"] + [
                "hostssl all signed 127.0.0.1/32 cert"
            ], to: server.folder + "/data/pg_hba.conf")
        try await server.start()
        let others = try await Certificates(in: folder, name: "others")
        let props = Props(server: server, certificates: certificates, others: others, folder: folder)
        try await Self.$current.withValue(props) { try await body() }
        await server.stop()
        try folder.remove()
    }

    private static func prepend(_ lines: [String], to path: String) throws {
        let old = try String(contentsOfFile: path, encoding: .utf8)
        try Data((lines.joined(separator: "\n") + "\n" + old).utf8).write(to: URL(filePath: path))
    }
}

/// Encryption with certificates that are looked at: whatever is not right is an error that names its parameter.
@Suite(PostgresTLSStage()) struct PostgresTLSTests {
    let props = PostgresTLSStage.props

    private func url(
        _ user: String = "sealed", host: String = "localhost", sslmode: String = "verify-full",
        with more: [String: String]
    ) -> String {
        let parameters = more.merging(["sslmode": sslmode]) { $1 }.map { "\($0.key)=\($0.value)" }.joined(
            separator: "&")
        return "postgresql://\(user)@\(host):\(props.server.port)/postgres?\(parameters)"
    }

    private func cipher(_ url: String) async throws -> String? {
        let database = Database(url: url, name: "tls", logger: .silent)
        let row = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")[0]
        }
        await database.close()
        return try row.optionalText("version")
    }

    private func refusal(_ url: String) async -> PostgresError {
        let database = Database(url: url, name: "tls", logger: .silent)
        let error = await failure { try await database.open() }
        await database.close()
        return error
    }

    @Test func theRightAuthorityAndNameAreEncrypted() async throws {
        let url = url(with: ["sslrootcert": props.certificates.authority])
        #expect(Database.problem(inURL: url) == nil)
        #expect(try await cipher(url)?.hasPrefix("TLSv1") == true)
    }

    @Test func anotherAuthorityIsNotTrusted() async {
        let error = await refusal(url(with: ["sslrootcert": props.others.authority]))
        #expect(error.kind == .tls && !error.mayPass)
        #expect(error.message.contains("set sslrootcert to the right authority's certificate"), "\(error)")
    }

    @Test func anotherNameIsNotTrusted() async throws {
        let error = await refusal(url(host: "127.0.0.1", with: ["sslrootcert": props.certificates.authority]))
        #expect(error.kind == .tls)
        #expect(error.message.contains("is not made out to \"127.0.0.1\": name the host as the certificate does"))
        // The name is what verify-full adds.
        let less = url(host: "127.0.0.1", sslmode: "verify-ca", with: ["sslrootcert": props.certificates.authority])
        #expect(try await cipher(less) != nil)
    }

    @Test func aCertificateThatIsOverIsNotTrusted() async throws {
        let stage = try await OwnServer()
        await stage.server.stop()
        let old = try await props.certificates.issue("old", days: -1)
        stage.server.setTLS(old, authority: props.certificates.authority)
        try await stage.server.start()
        let error = await refusal(
            "postgresql://postgres@localhost:\(stage.server.port)/postgres?sslmode=verify-full&sslrootcert="
                + props.certificates.authority)
        #expect(error.kind == .tls && error.message.contains("or is over"), "\(error)")
        try await stage.end()
    }

    @Test func aPlainServerIsNotSpokenTo() async throws {
        let plain = try await OwnServer()
        let error = await refusal(
            "postgresql://postgres@localhost:\(plain.server.port)/postgres?sslmode=verify-full&sslrootcert="
                + props.certificates.authority)
        #expect(error.kind == .tls)
        #expect(error.message.contains("speaks no TLS, and sslmode asks for it: set ssl = on in its postgresql.conf"))
        try await plain.end()
    }

    @Test func theAuthoritysFileIsLookedFor() async throws {
        let missing = url(with: ["sslrootcert": props.folder.path + "/nowhere.pem"])
        #expect(Database.problem(inURL: missing) == "sslrootcert names no file that can be read")
        #expect(await refusal(missing).kind == .badURL)
        let rubbish = props.folder.path + "/rubbish.pem"
        try writeFile(rubbish, "no certificate")
        let error = await refusal(url(with: ["sslrootcert": rubbish]))
        #expect(error.kind == .tls && error.message.contains("sslrootcert has no certificate"), "\(error)")
        let unset = await refusal(url(with: [:]))
        #expect(unset.kind == .tls && unset.message.contains("sslrootcert"), "\(unset)")
    }

    @Test func aServerThatWantsEncryptionSaysSo() async {
        let error = await refusal(url(sslmode: "disable", with: [:]))
        #expect(error.kind == .login)
        #expect(error.message.contains("pg_hba.conf") && error.message.contains("set sslmode=verify-full"), "\(error)")
    }

    @Test func aClientsOwnCertificateLetsItIn() async throws {
        let pair = try await props.certificates.issue("signed")
        let root = props.certificates.authority
        let given = ["sslrootcert": root, "sslcert": pair.certificate, "sslkey": pair.key]
        #expect(try await cipher(url("signed", with: given)) != nil)

        let none = await refusal(url("signed", with: ["sslrootcert": root]))
        #expect(none.kind == .tls && none.message.contains("give it with sslcert and sslkey"), "\(none)")

        let foreign = try await props.others.issue("signed")
        let wrong = await refusal(
            url("signed", with: ["sslrootcert": root, "sslcert": foreign.certificate, "sslkey": foreign.key]))
        #expect(wrong.kind == .tls && wrong.message.contains("does not accept the certificate in sslcert"), "\(wrong)")

        let mixed = await refusal(
            url("signed", with: ["sslrootcert": root, "sslcert": pair.certificate, "sslkey": foreign.key]))
        #expect(mixed.kind == .tls && mixed.message.contains("sslkey does not fit"), "\(mixed)")

        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: pair.key)
        let open = await refusal(url("signed", with: given))
        #expect(open.kind == .tls && open.message.contains("in a file that its owner alone reads"), "\(open)")
    }

    /// The request to cancel goes the same way as all else: encrypted.
    @Test(.timeLimit(.minutes(1))) func cancellingIsEncryptedToo() async throws {
        let url = url(with: ["sslrootcert": props.certificates.authority])
        let database = Database(url: url, name: "sealed", statementLimitMs: 500, logger: .silent)
        let error = await failure {
            try await database.run { (connection) throws(PostgresError) in
                try connection.script("SET statement_timeout = 0; SET client_connection_check_interval = 0")
                _ = try connection.query("SELECT pg_sleep(600)::text")
            }
        }
        #expect(error.kind == .timeout)
        var left = "1"
        for _ in 0..<100 where !left.isEmpty {
            try await Task.sleep(for: .milliseconds(20))
            left = try await props.server.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'sealed'")
        }
        #expect(left.isEmpty)
        await database.close()
    }
}
