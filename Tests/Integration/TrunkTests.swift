import BusClient
import BusContract
import Foundation
import LocalHouse
import SIPStack
import TelephonyModel
import TestSupport
import Testing

/// rufbus-signaling with a trunk of two targets, and with one over TCP.
@Suite(.serialized) struct TrunkTests {
    static func target(_ peer: SIPPeer, priority: Int = 0) -> TrunkTarget {
        TrunkTarget(address: "127.0.0.1", port: peer.port, priority: priority)
    }

    // MARK: Targets

    /// Silent, full, refused by the kernel: the next target is called, and remembered.
    @Test func aCallGoesToTheNextTarget() async throws {
        let silent = try SIPPeer(), next = try SIPPeer()
        try await TrunkStage.with { _ in
            TrunkStage.trunk([Self.target(silent, priority: 1), Self.target(next, priority: 2)])
        } _: { stage in
            let wish = stage.originate()
            let began = Date()
            _ = try await stage.players.api.request(wish)
            #expect(await silent.receive("INVITE") != nil)
            let dialog = try #require(await TrunkDialog(calledAt: next, office: stage.port))
            #expect((3.5...8).contains(Date().timeIntervalSince(began)))
            dialog.reply("180 Ringing")
            dialog.reply("603 Decline")
            #expect(await dialog.receive("ACK") != nil)
            #expect(try await stage.has(.up, "udp:127.0.0.1:\(next.port)"))
            // The next call does not try the silent one again within 10 s.
            _ = try await stage.players.api.request(stage.originate("+498912345679"))
            let second = try #require(await TrunkDialog(calledAt: next, office: stage.port))
            second.reply("486 Busy Here")
            #expect(await second.receive("ACK") != nil)
            try await Task.sleep(for: .seconds(11))
            #expect(try stage.states().last?.target == "udp:127.0.0.1:\(silent.port)")
        }
    }

    // MARK: TCP and TLS

    @Test(arguments: [Transport.tcp, .tls]) func callsGoBothWaysOver(_ transport: Transport) async throws {
        let folder = try LocalFolder("papers")
        let papers = try await Certificates(in: folder, name: "ca")
        let ours = try await papers.issue("ours", for: "DNS:office.example")
        let theirs = try await papers.issue("theirs", for: "DNS:pbx.example")
        let farPort = try FreePort.next(), tlsPort = try FreePort.next()
        let tls = SIPTLS(
            port: try FreePort.next(), certificate: theirs.certificate, key: theirs.key, authority: papers.authority)
        let far = try SIPOffice(
            settings: SIPSettings(address: "127.0.0.1", port: farPort, tcpPort: farPort, tls: tls),
            react: SIPStackTests.answering())
        let target = TrunkTarget(
            address: "127.0.0.1", port: transport == .tcp ? farPort : tls.port, transport: transport,
            serverName: "pbx.example")
        let more =
            transport == .tcp
            ? "  tcp: {port: {sip}}"
            : "  tls: {port: \(tlsPort), certificate: \(ours.certificate), key: \(ours.key), ca: \(papers.authority)}"
        try await TrunkStage.with({ _ in TrunkStage.trunk([target], keepAliveSeconds: 2) }, more: more) { stage in
            #expect(try await stage.has(.up, "\(transport.rawValue):127.0.0.1:\(target.port)"))
            let wish = stage.originate()
            _ = try await stage.players.api.request(wish)
            try await eventually { stage.players.story(wish.call).contains("leg answered") }
            let arrivals = far.events.compactMap { if case .invited(let arrival) = $0 { arrival } else { nil } }
            #expect(arrivals.first?.transport == transport)
            far.stack.post { [stack = far.stack] in stack.bye(SIPStackTests.leg) }
            try await eventually { stage.players.story(wish.call).last == "ended" }
            // And theirs to us.
            let office = transport == .tcp ? stage.port : tlsPort
            var invitation = SIPTransportTests.invitation(to: office, over: transport, server: "office.example")
            invitation.target.user = "+498984098723"
            far.stack.post { [stack = far.stack, invitation] in
                stack.invite(LegID(unchecked: "leg-2"), invitation)
            }
            #expect(
                try await far.wait {
                    if case .provisional(LegID(unchecked: "leg-2"), _, _) = $0 { true } else { false }
                })
        }
        far.stop()
        try folder.remove()
    }

    @Test func aBadCertificateIsNamed() async throws {
        let folder = try LocalFolder("papers")
        let papers = try await Certificates(in: folder, name: "ca")
        let ours = try await papers.issue("ours", for: "DNS:office.example")
        let server = try await TLSServer(try await papers.issue("old", for: "DNS:pbx.example", days: -1), in: folder)
        let target = TrunkTarget(
            address: "127.0.0.1", port: server.port, transport: .tls, serverName: "pbx.example")
        let more =
            "  tls: {port: \(try FreePort.next()), certificate: \(ours.certificate), key: \(ours.key), "
            + "ca: \(papers.authority)}"
        try await TrunkStage.with({ _ in TrunkStage.trunk([target], keepAliveSeconds: 2) }, more: more) { stage in
            #expect(try await stage.has(.down, "certificate has expired"))
            let sentence = try stage.states().last?.sentence
            #expect(
                sentence == "Trunk pbx is down: tls:127.0.0.1:\(server.port): its certificate has expired: renew it at "
                    + "the PBX.")
        }
        await server.stop()
        try folder.remove()
    }
}

extension TrunkStage {
    var instance: InstanceID { InstanceID(unchecked: "a1") }
}
