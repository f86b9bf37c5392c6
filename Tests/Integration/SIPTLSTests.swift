import Foundation
import LocalHouse
import SIPStack
import TelephonyModel
import TestSupport
import Testing

/// SIP over TLS: who calls us shows a certificate, and the version.
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
                    if case .targetFailed(_, let answer) = event { said = answer.handshake ?? "\(answer.status)" }
                }
                return said != nil
            }
            here.stop()
            there.stop()
            #expect(here.stack.counters.handles == 0 && there.stack.counters.handles == 0)
            return said
        }
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
}
