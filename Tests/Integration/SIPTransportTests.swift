import Foundation
import LocalHouse
import SIPStack
import TelephonyModel
import Testing

/// SIP over TCP: calls both ways, limits without reading on, far sides that hold a connection. One after the other:
/// such a peer blocks its thread.
@Suite(.serialized) struct SIPTransportTests {
    static let leg = SIPStackTests.leg
    static let large = String(repeating: "a", count: 16 * 1024)

    static func tcpOffice(_ react: @escaping SIPOffice.Reaction = { _, _ in }) throws -> SIPOffice {
        let port = try FreePort.next()
        return try SIPOffice(settings: SIPSettings(address: "127.0.0.1", port: port, tcpPort: port), react: react)
    }

    /// An INVITE as it is said over TCP.
    static func invite(
        _ office: SIPOffice, from port: UInt16, call: String = "call", length: Int? = nil, extra: String = "",
        body: String = SIPRequest.sdp
    ) -> String {
        """
        INVITE sip:+498984098723@127.0.0.1:\(office.port);transport=tcp SIP/2.0
        Via: SIP/2.0/TCP 127.0.0.1:\(port);branch=z9hG4bK-\(call)
        From: <sip:+4930123@127.0.0.1>;tag=far
        To: <sip:+498984098723@127.0.0.1>
        Call-ID: \(call)
        CSeq: 1 INVITE
        Max-Forwards: 70
        Contact: <sip:far@127.0.0.1:\(port);transport=tcp>

        """.replacing("\n", with: "\r\n") + extra + "Content-Type: application/sdp\r\n"
            + "Content-Length: \(length ?? body.utf8.count)\r\n\r\n" + body
    }

    // MARK: Calls

    @Test(arguments: [("caller-hangs-up", false), ("caller-is-hung-up", true)])
    func aCallerOverTCPIsAnswered(_ scenario: String, _ weHangUp: Bool) async throws {
        let office = try Self.tcpOffice(
            SIPStackTests.answering { event, stack in
                if weHangUp, case .confirmed(let leg, _) = event { stack.bye(leg, ReasonHeader("Q.850", cause: 16)) }
            })
        let sipp = try SIPp(scenario, calling: office.port, transport: .tcp)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        office.stop()
        let arrival = office.events.compactMap { if case .invited(let arrival) = $0 { arrival } else { nil } }.first
        #expect(arrival?.transport == .tcp && arrival?.sourceAddress == "127.0.0.1")
        #expect(office.stack.counters.handles == 0)
    }

    @Test func ourContactOverTCPIsTCP() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let far = try SIPStreamPeer(to: office.port)
        far.send(Self.invite(office, from: far.port))
        let answer = try #require(far.receive("SIP/2.0 200"))
        #expect(SIPText(answer).line("Contact") == "<sip:127.0.0.1:\(office.port);transport=tcp>")
        office.stop()
    }

    @Test(arguments: ["callee-hangs-up", "callee-is-hung-up"])
    func weCallOverTCP(_ scenario: String) async throws {
        let office = try Self.tcpOffice { event, stack in
            if case .answered(let leg, _, _) = event {
                stack.acknowledge(leg)
                if scenario == "callee-is-hung-up" { stack.bye(leg) }
            }
        }
        let sipp = try SIPp(scenario, transport: .tcp)
        #expect(try await office.wait { !FreePort.isFree(sipp.port) }, "over TCP nothing is said again")
        let invitation = Self.invitation(to: sipp.port, over: .tcp)
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, invitation) }
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    static func invitation(to port: UInt16, over transport: Transport, server: String? = nil) -> SIPInvitation {
        var invitation = SIPStackTests.invitation(to: port)
        (invitation.target.transport, invitation.target.serverName) = (transport, server)
        return invitation
    }

    /// With TCP on, a UDP target is still called over UDP, whatever the size.
    @Test func aUDPTargetIsCalledOverUDP() async throws {
        let office = try Self.tcpOffice()
        let far = try SIPPeer()
        var invitation = SIPStackTests.invitation(to: far.port)
        invitation.sdp += "a=" + String(repeating: "x", count: 4_000) + "\r\n"
        office.stack.post { [stack = office.stack, invitation] in stack.invite(Self.leg, invitation) }
        let request = try #require(await far.receive("INVITE"))
        #expect(SIPText(request).line("Via")?.hasPrefix("SIP/2.0/UDP") == true)
        #expect(SIPText(request).line("Contact")?.contains("transport=tcp") == false)
        office.stop()
    }

    @Test func whereNobodyListensItFailsAtOnce() async throws {
        let office = try Self.tcpOffice()
        let nobody = try SIPStreamPeer.Listener().port
        office.stack.post { [stack = office.stack] in
            stack.invite(Self.leg, Self.invitation(to: nobody, over: .tcp))
        }
        #expect(
            try await office.wait(seconds: 3) {
                if case .failed(Self.leg, 503, _, nil, isLocal: true) = $0 { true } else { false }
            })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aTransportThatIsOffIsNotDialled() async throws {
        let office = try SIPOffice()
        let listener = try SIPStreamPeer.Listener()
        office.stack.post { [stack = office.stack] in
            stack.invite(Self.leg, Self.invitation(to: listener.port, over: .tcp))
        }
        #expect(
            try await office.wait {
                if case .failed(Self.leg, 503, let phrase, nil, isLocal: true) = $0 {
                    phrase == "TCP is off: set sip.tcp.port"
                } else {
                    false
                }
            })
        #expect(listener.next(seconds: 1) == nil)
        office.stop()
    }

    // MARK: Limits

    /// Content-Length says more than is taken: refused when the headers are there, no byte of the body is waited for.
    @Test(arguments: [16 * 1024 + 1, 1_000_000, 2_000_000_000])
    func aBodyAboveTheLimitIsRefusedUnread(_ length: Int) async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let far = try SIPStreamPeer(to: office.port)
        far.send(Self.invite(office, from: far.port, length: length, body: ""))
        #expect(far.receive("SIP/2.0 413", seconds: 2) != nil)
        #expect(far.ends(within: 3))
        #expect(office.stack.counters.bodyTooLarge == 1 && office.events.isEmpty)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func headersAboveTheLimitAreRefusedAndTheConnectionEnds() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let far = try SIPStreamPeer(to: office.port)
        far.send(Self.invite(office, from: far.port, extra: "X-Large: \(Self.large)\r\n"))
        #expect(far.receive("SIP/2.0 400", seconds: 2) != nil)
        #expect(far.ends(within: 3))
        #expect(office.stack.counters.headerTooLarge == 1 && office.events.isEmpty)
        office.stop()
    }

    /// A header section without an end: reading stops, the memory stays, the connection ends.
    @Test func headersWithoutEndAreNotReadOn() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let before = ProcessFigures.residentBytes(getpid()) ?? 0
        var taken = 0
        var peers: [SIPStreamPeer] = []
        for call in 0..<8 {
            let far = try SIPStreamPeer(to: office.port)
            let invite = Self.invite(office, from: far.port, call: "endless\(call)")
            far.send(String(invite.prefix { $0 != "\r\n" }) + "\r\n")
            let line = Array("X-More: \(Self.large)\r\n".utf8)
            for _ in 0..<2_000 {
                let sent = far.send(line, waitingMs: 200)
                taken += sent
                if sent < line.count { break }
            }
            peers.append(far)
        }
        #expect(taken < 8 * 4_000_000, "32 MB each were there to be read")
        #expect(peers.allSatisfy { $0.ends(within: 5) })
        let grown = (ProcessFigures.residentBytes(getpid()) ?? 0) - before
        #expect(grown < 40_000_000, "grown by \(grown) bytes, \(taken) bytes taken")
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func manyMessagesInOneGoAreAllTaken() async throws {
        let office = try Self.tcpOffice { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
        let far = try SIPStreamPeer(to: office.port)
        let room = "X-Room: \(String(repeating: "b", count: 4_000))\r\n"
        let all = (0..<40).map { Self.invite(office, from: far.port, call: "many\($0)", extra: room) }.joined()
        #expect(far.send(all) == all.utf8.count)
        #expect(
            try await office.wait {
                office.events.count { if case .invited = $0 { true } else { false } } == 40
            })
        #expect(office.stack.counters.headerTooLarge == 0 && office.stack.counters.malformed == 0)
        office.stop()
    }

    @Test func aMessageInPiecesIsTaken() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let far = try SIPStreamPeer(to: office.port)
        for piece in Array(Self.invite(office, from: far.port).utf8).chunks(of: 37) {
            far.send(piece)
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(far.receive("SIP/2.0 200") != nil)
        #expect(office.stack.counters.malformed == 0)
        office.stop()
    }

    @Test func withoutContentLengthItIsRefused() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let far = try SIPStreamPeer(to: office.port)
        far.send(Self.invite(office, from: far.port).replacing(#/Content-Length: \d+\r\n/#, with: ""))
        #expect(far.receive("SIP/2.0 400", seconds: 3) != nil)
        #expect(far.ends(within: 3) && office.events.isEmpty)
        office.stop()
    }

    // MARK: Far sides that hold a connection

    @Test func whoSaysNothingOrHalfAMessageIsShutDown() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let silent = try SIPStreamPeer(to: office.port), half = try SIPStreamPeer(to: office.port)
        let dribbling = try SIPStreamPeer(to: office.port), quiet = try SIPStreamPeer(to: office.port)
        quiet.send(Self.invite(office, from: quiet.port))
        half.send(String(Self.invite(office, from: half.port).prefix(200)))
        #expect(quiet.receive("SIP/2.0 200") != nil)
        for _ in 0..<14 {
            dribbling.send("INVITE sip:")
            try await Task.sleep(for: .seconds(1))
        }
        #expect(silent.ends(within: 3) && half.ends(within: 3) && dribbling.ends(within: 3))
        #expect(!quiet.ends(within: 0.1), "who has said a whole message may be quiet")
        quiet.send("\r\n\r\n")
        #expect(office.stack.counters.silentConnections == 3)
        office.stop()
    }

    @Test func halfAMessageAfterAWholeOneIsShutDown() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let far = try SIPStreamPeer(to: office.port)
        far.send(Self.invite(office, from: far.port))
        #expect(far.receive("SIP/2.0 200") != nil)
        try await Task.sleep(for: .seconds(1))
        far.send(String(Self.invite(office, from: far.port, call: "half").prefix(300)))
        #expect(far.ends(within: 20))
        #expect(office.stack.counters.silentConnections == 1)
        office.stop()
    }

    @Test func aCrowdFromOneAddressIsTurnedAway() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        let crowd = try (0..<100).map { _ in try SIPStreamPeer(to: office.port) }
        #expect(try await office.wait(seconds: 5) { office.stack.counters.crowdedConnections >= 36 })
        let other = try SIPStreamPeer(to: office.port, from: "127.0.0.2")
        other.send(Self.invite(office, from: other.port))
        #expect(other.receive("SIP/2.0 200") != nil, "others are served")
        #expect(crowd.count { $0.ends(within: 0.02) } == 36)
        office.stop()
    }

    // MARK: Who may speak

    @Test func whoMayNotSpeakHearsNothing() async throws {
        let office = try Self.tcpOffice(SIPStackTests.answering())
        office.stack.post { [stack = office.stack] in
            stack.admit { $0 == "127.0.0.2" ? .taken : .dropped }
        }
        let far = try SIPPeer(), stranger = try SIPStreamPeer(to: office.port)
        for method in ["INVITE", "OPTIONS", "BYE", "REGISTER"] {
            far.send(SIPRequest(method, far, office, call: method).text, to: office.port)
        }
        #expect(await far.receive(seconds: 2) == nil)
        #expect(stranger.ends(within: 3))
        #expect(office.stack.counters.unadmitted == 4 && office.stack.counters.strangerConnections == 1)
        let friend = try SIPStreamPeer(to: office.port, from: "127.0.0.2")
        friend.send(Self.invite(office, from: friend.port))
        #expect(friend.receive("SIP/2.0 200") != nil)
        #expect(office.events.count { if case .invited = $0 { true } else { false } } == 1)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }
}

extension Array where Element == UInt8 {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
