import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

@testable import BusClient

/// The bus over TLS, against a real RabbitMQ that asks its clients for certificates.
@Suite(TLSStage(), .serialized) struct BusTLSTests {
    private static func bus(
        _ service: String, _ instance: String = "a1", url: String? = nil, tls: BusSettings.TLS? = nil
    ) -> Bus {
        let stage = TLSStage.stage
        return BusStage.bus(
            service, instance, url: url ?? stage.broker.tlsURL(for: service), tls: tls ?? stage.own(stage.client))
    }

    private static func failure(_ url: String? = nil, _ tls: BusSettings.TLS? = nil) async -> BusError? {
        let bus = bus("cti", "e1", url: url, tls: tls)
        do throws(BusError) {
            try await bus.open()
            await bus.close()
            return nil
        } catch { return error }
    }

    @Test func eventsRequestsAndRepliesOfAnySizePass() async throws {
        let (journal, signaling) = (Self.bus("journal"), Self.bus("signaling"))
        let cti = Self.bus("cti")
        let inbox = Inbox<Received>()
        let sizes = [1, 16_000, 16_384, 40_000, 400_000]  // TLS sends 16 KiB at a time.
        cti.listen(["leg.#"]) { inbox.add($0) }
        journal.serve(JournalQuery.self) { query, responder in
            responder.refuse(Refusal(query.limit, "echo", String(repeating: "x", count: sizes[query.limit])))
        }
        try await journal.open()
        try await signaling.open()
        try await cti.open()
        let key = RoutingKey.leg(.message, UserID(unchecked: "anna"), CallID(unchecked: "c1"))
        for size in sizes {
            try await signaling.publishConfirmed(
                Long(text: String(repeating: "y", count: size)), type: "t", key: key, durable: false)
        }
        let came = try await inbox.wait(for: sizes.count)
        #expect(try came.map { try $0.data(Long.self).text.count } == sizes)
        for index in sizes.indices {
            let refusal = await #expect(throws: Refusal.self) {
                try await cti.request(JournalQuery(user: UserID(unchecked: "anna"), limit: index))
            }
            #expect(refusal?.sentence.count == sizes[index])
        }
        for bus in [cti, signaling, journal] { await bus.close() }
    }
    private struct Long: Codable, Sendable { let text: String }

    /// A whole service, from its settings file on, with TLS to the broker and to the database.
    @Test func aServiceWorksOverTLSToBrokerAndDatabase() async throws {
        let (stage, folder) = (TLSStage.stage, try LocalFolder("tls-service"))
        let database = try PostgresServer(in: folder)
        database.setTLS(
            try await stage.certificates.issue("database"), authority: stage.certificates.authority)
        try await database.start()
        let journal = try await ServiceProcess(
            "journal", instance: "tls", busURL: stage.broker.tlsURL(for: "journal"),
            settings: """
                  tls:
                    ca: \(stage.certificates.authority)
                    certificate: \(stage.client.certificate)
                    key: \(stage.client.key)
                database:
                  url: postgresql://journal@localhost:\(database.port)/journal?sslmode=verify-full&sslrootcert=\(
                    stage.certificates.authority)
                """, folder: folder.path)
        let cti = Self.bus("cti", "tls")
        try await cti.open()
        let answer = try await cti.request(JournalQuery(user: UserID(unchecked: "anna"), limit: 10))
        #expect(answer.entries.isEmpty)
        let sealed = try await database.sql(
            "SELECT count(*) > 0 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                + "WHERE usename = 'journal'")
        #expect(sealed.split(separator: "\n").last == "t")
        await cti.close()
        await journal.stop()
        await database.stop()
        try folder.remove()
    }

    /// What is wrong: the URL and the files it comes to, and the words that say what to mend.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String]
        let kind: BusError.Kind
        let settings: @Sendable (TLSStage) -> (url: String, tls: BusSettings.TLS)
        init(
            _ what: String, _ kind: BusError.Kind = .tls, _ words: String...,
            settings: @escaping @Sendable (TLSStage) -> (url: String, tls: BusSettings.TLS)
        ) { (testDescription, self.kind, self.words, self.settings) = (what, kind, words, settings) }
    }

    @Test(arguments: wrongs) func whatIsWrongIsNamed(_ wrong: Wrong) async {
        let (url, tls) = wrong.settings(TLSStage.stage)
        let error = await Self.failure(url, tls)
        #expect(error?.kind == wrong.kind, "\(error?.message ?? "it opened")")
        for words in wrong.words { #expect(error?.message.contains(words) == true, "\(error?.message ?? "")") }
    }

    private static let wrongs = [
        Wrong("another authority", .tls, "bus.tls.ca", "authority") { stage in
            (stage.url, stage.own(stage.client, authority: stage.strangers.authority))
        },
        Wrong("the machine's authorities", .tls, "bus.tls.ca") { stage in
            (stage.url, .init(certificate: stage.client.certificate, key: stage.client.key))
        },
        Wrong("an authority's file that is none", .tls, "bus.tls.ca", "PEM") { stage in
            (stage.url, .init(authorities: stage.client.key))
        },
        Wrong("a host that the certificate does not name", .tls, "bus.url", "is not for \"127.0.0.1\"") { stage in
            (stage.broker.tlsURL(for: "cti", host: "127.0.0.1"), stage.own(stage.client))
        },
        Wrong("a certificate that has expired", .tls, "bus.url", "not valid now", "expired") { stage in
            (stage.expiredURL, stage.own(stage.client))
        },
        Wrong("TLS to the plain port", .tls, "bus.url", "does not speak TLS") { stage in
            (
                stage.url.replacing(":\(stage.broker.tlsPort ?? 0)", with: ":\(stage.broker.port)"),
                stage.own(stage.client)
            )
        },
        Wrong("no TLS to the port of TLS", .protocolMismatch, "bus.url", "amqps://") { stage in
            (stage.url.replacing("amqps", with: "amqp"), .init())
        },
        Wrong("files of TLS without TLS", .badURL, "bus.tls", "amqps://") { stage in
            (stage.broker.url(for: "cti"), stage.own(stage.client))
        },
        Wrong("no certificate of ours", .tls, "bus.tls.certificate") { stage in
            (stage.url, .init(authorities: stage.certificates.authority))
        },
        Wrong("a certificate of ours that the broker does not trust", .tls, "bus.tls.certificate") { stage in
            (stage.url, stage.own(stage.stranger))
        },
        Wrong("a key that is not the certificate's", .tls, "bus.tls.key", "not that of") { stage in
            let (authority, client) = (stage.certificates.authority, stage.client)
            return (
                stage.url, .init(authorities: authority, certificate: client.certificate, key: stage.stranger.key)
            )
        },
        Wrong("a certificate without its key", .tls, "bus.tls.certificate and bus.tls.key") { stage in
            (stage.url, .init(certificate: stage.client.certificate))
        },
    ]
}

/// A broker with TLS, certificates of its authority and of another one, and a server whose certificate has expired.
struct TLSStage: SuiteTrait, TestScoping {
    /// Set while the suite runs.
    private(set) var world: World?
    struct World: Sendable {
        let broker: Broker
        let certificates: Certificates, strangers: Certificates
        let client: Certificates.Pair, stranger: Certificates.Pair
        let expiredPort: UInt16
    }
    @TaskLocal static var current: TLSStage?
    static var stage: TLSStage {
        guard let current else { preconditionFailure("the suite has no TLSStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let folder = try LocalFolder("tls")
        let certificates = try await Certificates(in: folder)
        let strangers = try await Certificates(in: folder, name: "strangers")
        let tls = Broker.TLS(
            authority: certificates.authority, own: try await certificates.issue("broker"), asksForCertificate: true)
        let broker = try Broker(in: folder, tls: tls)
        let expiredPort = try FreePort.next()
        let expired = try await certificates.issue("expired", days: -1)
        let server = try Child(
            "s_server", "/usr/bin/openssl",
            [
                "s_server", "-www", "-accept", "127.0.0.1:\(expiredPort)", "-cert", expired.certificate, "-key",
                expired.key,
            ],
            folder: folder.path)
        try await broker.start()
        var stage = TLSStage()
        stage.world = World(
            broker: broker, certificates: certificates, strangers: strangers,
            client: try await certificates.issue("cti"), stranger: try await strangers.issue("cti"),
            expiredPort: expiredPort)
        try await Self.$current.withValue(stage) { try await body() }
        await server.kill()
        await broker.kill()
        try folder.remove()
    }

    private var here: World {
        guard let world else { preconditionFailure("outside of the suite") }
        return world
    }
    var broker: Broker { here.broker }
    var certificates: Certificates { here.certificates }
    var strangers: Certificates { here.strangers }
    var client: Certificates.Pair { here.client }
    var stranger: Certificates.Pair { here.stranger }
    var url: String { broker.tlsURL(for: "cti") }
    var expiredURL: String { url.replacing(":\(broker.tlsPort ?? 0)", with: ":\(here.expiredPort)") }

    /// Files of a client with this certificate.
    func own(_ pair: Certificates.Pair, authority: String? = nil) -> BusSettings.TLS {
        .init(authorities: authority ?? certificates.authority, certificate: pair.certificate, key: pair.key)
    }
}
