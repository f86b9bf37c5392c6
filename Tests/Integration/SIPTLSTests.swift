import Foundation
import LocalHouse
import SIPStack
import TelephonyModel
import TestSupport
import Testing

/// SIP over TLS: certificates checked both ways, the name of the target, the version; what is wrong is said.
@Suite(.serialized) struct SIPTLSTests {
    static let leg = SIPStackTests.leg

    /// Authorities and certificates of one test.
    struct Papers {
        let folder: LocalFolder
        let ours: Certificates, theirs: Certificates

        init() async throws {
            folder = try LocalFolder("sip-tls")
            ours = try await Certificates(in: folder, name: "ours")
            theirs = try await Certificates(in: folder, name: "others")
        }

        func tls(_ pair: Certificates.Pair, authority: String? = nil, asksClients: Bool = true) throws -> SIPTLS {
            SIPTLS(
                port: try FreePort.next(), certificate: pair.certificate, key: pair.key,
                authority: authority ?? ours.authority, asksClients: asksClients)
        }

        func office(_ tls: SIPTLS, react: @escaping SIPOffice.Reaction = { _, _ in }) throws -> SIPOffice {
            let port = try FreePort.next()
            return try SIPOffice(
                settings: SIPSettings(address: "127.0.0.1", port: port, tcpPort: port, tls: tls), react: react)
        }

        /// The failure of a call from one to another, or "answered".
        func call(from caller: SIPTLS, to called: SIPTLS, name: String?) async throws -> String? {
            let there = try office(called, react: SIPStackTests.answering())
            let here = try office(caller) { event, stack in
                if case .answered(let leg, _, _) = event { stack.acknowledge(leg) }
            }
            here.stack.post { [stack = here.stack] in
                stack.invite(leg, SIPTransportTests.invitation(to: called.port, over: .tls, server: name))
            }
            var said: String?
            _ = try await here.wait(seconds: 5) {
                for event in here.events {
                    if case .answered = event { said = "answered" }
                    if case .targetFailed(_, let answer) = event {
                        said = answer.handshake?.words ?? "\(answer.status)"
                    }
                }
                return said != nil
            }
            here.stop()
            there.stop()
            #expect(here.stack.counters.handles == 0 && there.stack.counters.handles == 0)
            return said
        }
    }

    @Test func whoseCertificatesAreGoodTalk() async throws {
        let papers = try await Papers()
        let caller = try papers.tls(await papers.ours.issue("caller", for: "DNS:office.example"))
        let called = try papers.tls(await papers.ours.issue("named", for: "DNS:other.example,DNS:pbx.example"))
        #expect(try await papers.call(from: caller, to: called, name: "pbx.example") == "answered")
        // Whoever is called need not check the caller's.
        let stranger = try papers.tls(await papers.theirs.issue("stranger", for: "DNS:office.example"))
        var open = called
        (open.asksClients, open.port) = (false, try FreePort.next())
        let unknown = SIPTLS(
            port: stranger.port, certificate: stranger.certificate, key: stranger.key, authority: called.authority)
        #expect(try await papers.call(from: unknown, to: open, name: "pbx.example") == "answered")
        try papers.folder.remove()
    }

    /// What can be wrong with a target, as `openssl s_server` has it.
    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var kind: HandshakeFailure.Kind
        var hosts = "DNS:pbx.example"
        var days = 2
        var isOurs = true
        var name: String? = "pbx.example"
        var server: [String] = []

        static let all = [
            Bad(testDescription: "another name", kind: .otherName, hosts: "DNS:pbx.example.org"),
            Bad(testDescription: "no name set", kind: .otherName, hosts: "IP:127.0.0.1", name: nil),
            Bad(testDescription: "another authority", kind: .untrusted, isOurs: false),
            Bad(testDescription: "expired", kind: .expired, days: -1),
            Bad(
                testDescription: "TLS 1.1", kind: .oldVersion,
                server: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
            Bad(
                testDescription: "TLS 1.2, other clients", kind: .refusedUs, server: ["-tls1_2", "-Verify", "1"]),
            Bad(
                testDescription: "TLS 1.3, other clients", kind: .refusedUs, server: ["-tls1_3", "-Verify", "1"]),
        ]
    }

    @Test(arguments: Bad.all, [true, false]) func whatIsBadIsSaid(_ bad: Bad, _ asksClients: Bool) async throws {
        let papers = try await Papers()
        let pair = try await (bad.isOurs ? papers.ours : papers.theirs).issue("target", for: bad.hosts, days: bad.days)
        // Of the authorities that it knows none has signed our certificate.
        let server = try await TLSServer(
            pair, in: papers.folder, bad.server + ["-CAfile", papers.theirs.authority, "-verify_return_error"])
        let own = try await papers.ours.issue("caller", for: "DNS:office.example")
        let here = try papers.office(papers.tls(own, asksClients: asksClients))
        let answer = try await here.asks(over: .tls, server.port, name: bad.name)
        let said = answer?.handshake
        #expect(said?.kind == bad.kind, "\(said?.words ?? "\(answer?.status ?? 0)")")
        #expect(said?.name == bad.name)
        here.stop()
        #expect(here.stack.counters.handles == 0)
        await server.stop()
        try papers.folder.remove()
    }

    @Test func whatIsNoTLSIsSaid() async throws {
        let papers = try await Papers()
        let here = try papers.office(papers.tls(await papers.ours.issue("caller")))
        let plain = try SIPStreamPeer.Listener()
        async let answer = here.asks(over: .tls, plain.port, name: "pbx.example")
        let far = try #require(plain.next())
        far.send("SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        let said = try await answer
        #expect(said?.handshake?.kind == .noTLS && said?.isLocal == true, "\(said?.handshake?.words ?? "-")")
        here.stop()
        try papers.folder.remove()
    }

    /// One target's failed handshake ends nothing of another's connection, and is not taken for its failure.
    @Test func whatIsBadHarmsNobodyElse() async throws {
        let papers = try await Papers()
        let there = try papers.office(
            papers.tls(await papers.ours.issue("named", for: "DNS:pbx.example")), react: SIPStackTests.answering())
        let here = try papers.office(papers.tls(await papers.ours.issue("caller"))) { event, stack in
            if case .answered(let leg, _, _) = event { stack.acknowledge(leg) }
        }
        let port = try #require(there.settings.tls?.port)
        here.stack.post { [stack = here.stack] in
            stack.invite(Self.leg, SIPTransportTests.invitation(to: port, over: .tls, server: "pbx.example"))
        }
        #expect(try await here.wait { if case .answered = $0 { true } else { false } })
        let old = try await papers.ours.issue("old", for: "DNS:old.example", days: -1)
        let server = try await TLSServer(old, in: papers.folder)
        for _ in 0..<3 {
            #expect(try await here.asks(over: .tls, server.port, name: "old.example")?.handshake?.kind == .expired)
        }
        await server.stop()
        let gone = try await here.asks(over: .tls, server.port, name: "old.example")
        #expect(gone?.isLocal == true && gone?.handshake == nil, "a port where nobody listens has no certificate")
        #expect(try await here.asks(over: .tls, port, name: "pbx.example")?.status == 200)
        here.stack.post { [stack = here.stack] in stack.bye(Self.leg) }
        #expect(try await there.wait { if case .hungUp = $0 { true } else { false } })
        here.stop()
        there.stop()
        try papers.folder.remove()
    }

    /// A caller without a certificate of our authority does not get through where one is asked for.
    @Test func whoHasNoCertificateOfOursCannotCall() async throws {
        let papers = try await Papers()
        let called = try papers.tls(await papers.ours.issue("named", for: "DNS:pbx.example"))
        let stranger = try papers.tls(
            await papers.theirs.issue("stranger", for: "IP:127.0.0.1"), authority: papers.ours.authority)
        let said = try await papers.call(from: stranger, to: called, name: "pbx.example")
        #expect(said != nil && said != "answered", "\(said ?? "-")")
        try papers.folder.remove()
    }

    @Test(arguments: [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)])
    func itIs1_2OrNewer(_ version: String, _ isTaken: Bool) async throws {
        let papers = try await Papers()
        let pair = try await papers.ours.issue("named", for: "DNS:localhost")
        let office = try papers.office(papers.tls(pair), react: SIPStackTests.answering())
        let port = try #require(office.settings.tls?.port)
        let client = try Child(
            "openssl", "/usr/bin/openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(port)", version, "-cipher", "ALL:@SECLEVEL=0", "-cert",
                pair.certificate, "-key", pair.key, "-CAfile", papers.ours.authority, "-brief",
            ], folder: papers.folder.path)
        _ = await client.wait(limit: .seconds(2))
        #expect(client.logText.contains("CONNECTION ESTABLISHED") == isTaken, "\(client.logText)")
        await client.kill()
        office.stop()
        try papers.folder.remove()
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let papers = try await Papers()
        let pair = try await papers.ours.issue("named"), other = try await papers.ours.issue("other")
        let old = try await papers.ours.issue("old", days: -1)
        let none = papers.folder.path + "/none.pem"
        try Data().write(to: URL(filePath: none))
        let good = try papers.tls(pair)
        #expect(throws: Never.self) { try good.check() }
        for (change, file, words) in [
            ({ $0.certificate = none }, .certificate, ""),
            ({ $0.certificate = "/no/such" }, .certificate, ""),
            ({ ($0.certificate, $0.key) = (old.certificate, old.key) }, .certificate, "it has expired"),
            ({ $0.key = other.key }, .key, "key values mismatch"), ({ $0.key = none }, .key, ""),
            ({ $0.authority = none }, .authority, ""),
        ] as [((inout SIPTLS) -> Void, SIPTLS.Mistake.File, String)] {
            var tls = good
            change(&tls)
            let mistake = #expect(throws: SIPTLS.Mistake.self) { try tls.check() }
            #expect(
                mistake?.file == file && (words.isEmpty || mistake?.reason.contains(words) == true),
                "\(file): \(mistake?.reason ?? "-")")
        }
        try papers.folder.remove()
    }
}
