import Foundation
import FuzzTarget
import SIPStack
import TelephonyModel
import Testing

/// The short form of `make fuzz`: seeded, without libFuzzer and its sanitizer. And what the long form found.
@Suite(.serialized) struct SIPFuzzTests {
    private static let seed: UInt64 = 20_261_124

    /// As datagrams, streams and session descriptions.
    @Test func damagedMessagesAreReadOrRefused() throws {
        let reading = try Reading()
        var damage = Damage(seed: Self.seed, try Seeds())
        for _ in 0..<10_000 { try damage.message().withUnsafeBufferPointer { try reading.read($0) } }
        // The damage is neither none nor total.
        #expect(reading.messages > 8_000 && reading.arrivals > 3_000 && reading.answers > 300)
    }

    @Test func aCallStandsWhileDamagedMessagesCome() throws {
        let calls = try LiveCalls()
        var damage = Damage(seed: Self.seed, try Seeds())
        for number in 1...4_000 {
            try damage.message().withUnsafeBufferPointer { try calls.send($0) }
            if number % 500 == 0 { try calls.check() }
        }
        try calls.end()
        #expect(calls.sent == 4_000 && calls.checks == 9, "\(calls.summary)")
    }

    // MARK: Found

    /// The library's text of a header was memory that nobody wrote when it just fitted, or had 128 bytes and more.
    @Test func aHeaderOfAnyLengthIsReadAsItIs() async throws {
        let office = try SIPOffice { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
        let far = try SIPPeer()
        let lengths = Array(80...132) + Array(470...520) + [2_000]
        for length in lengths {
            let extra = "Reason: SIP;cause=200;text=\"\(String(repeating: "x", count: length))\"\r\n"
            far.send(SIPRequest("INVITE", far, office, call: "long-\(length)", extra: extra).text, to: office.port)
            #expect(await far.finalAnswer(to: "long-\(length)") != nil)
        }
        office.stop()
        let read = office.events.compactMap { event -> Int? in
            if case .invited(let arrival) = event { arrival.reasons.first?.text?.count } else { nil }
        }
        #expect(read == lengths)
    }

    /// The library compares branches from their eighth character on: of "x" that is memory of others (seen by the
    /// address sanitizer alone). The answers show it all the same.
    @Test func aBranchOfFewCharactersIsNotReadBeyond() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        for branch in ["x", "z9hG4bK", "z9hG4bK-2", "y"] {
            var options = SIPRequest("OPTIONS", far, office, call: "short")
            options.branch = branch
            far.send(options.text, to: office.port)
            let answer = await far.finalAnswer(to: "short")
            #expect(answer?.contains(";branch=\(branch)") == true)
        }
        office.stop()
    }

    /// The library takes a message that ends without the empty line behind its headers, and never asks our look at it.
    @Test func whatEndsWithoutItsEmptyLineIsNotTaken() async throws {
        let port = try SIPPeer.freePort()
        let office = try SIPOffice(
            settings: SIPSettings(address: "127.0.0.1", port: port, tcpPort: port), react: SIPStackTests.answering())
        let far = try SIPPeer()
        for method in ["INVITE", "OPTIONS", "REGISTER"] {
            let request = SIPRequest(method, far, office, call: method, contact: "<tel:+4930123>", body: "")
            let text = request.text.dropLast(2)
            far.send(String(text), to: office.port)
            let stream = try SIPStreamPeer(to: port)
            stream.send(String(text.replacing("SIP/2.0/UDP", with: "SIP/2.0/TCP")))
            shutdown(stream.descriptor, Int32(SHUT_WR))
            #expect(stream.ends(within: 5), "\(method)")
        }
        let sound = SIPRequest("OPTIONS", far, office, call: "sound")
        far.send(sound.text, to: office.port)
        let answer = await far.receive()
        #expect(answer.map { SIPText($0).line("Call-ID") } == "sound")
        office.stop()
        #expect(office.events.isEmpty)
    }

    @Test func anAnswerWithoutItsEmptyLineIsNotTaken() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        office.stack.post { [stack = office.stack] in
            stack.invite(SIPStackTests.leg, SIPStackTests.invitation(to: far.port))
        }
        let invite = SIPText(try #require(await far.receive("INVITE ")))
        let lines = ["Via", "From", "To", "Call-ID", "CSeq"].map { "\($0): \(invite.line($0) ?? "")\r\n" }.joined()
        far.send("SIP/2.0 200 OK\r\n\(lines)Contact: <tel:+4930>\r\n", to: office.port)
        far.send("SIP/2.0 486 Busy\r\n\(lines)Content-Length: 0\r\n\r\n", to: office.port)
        #expect(try await office.wait { if case .failed(SIPStackTests.leg, 486, _, _, _) = $0 { true } else { false } })
        office.stop()
        #expect(office.ladder(SIPStackTests.leg) == ["> INVITE", "< 486 INVITE"])
    }

    private static let brokenDate = "Date: whenever\r\n"

    /// What our look at each message asks must not be passed by because something else in it is broken.
    @Test func aBrokenHeaderThatNobodyNeedsIsNoWayIn() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let invite = SIPRequest("INVITE", far, office, contact: "<tel:+4930123>", extra: Self.brokenDate)
        far.send(invite.text, to: office.port)
        #expect(await far.finalAnswer()?.hasPrefix(SIPLimitsTests.badContact) == true)
        let route = "Record-Route: <pesip:127.0.0.1:5998;lr>\r\n"
        far.send(SIPRequest("INVITE", far, office, call: "route", extra: route + Self.brokenDate).text, to: office.port)
        #expect(await far.finalAnswer(to: "route")?.hasPrefix("SIP/2.0 400 Record-Route must be sip:") == true)
        office.stop()
        #expect(office.stack.counters.handles == 0 && office.events.isEmpty)
    }

    /// Of a source that may not speak, also what is broken or too large is not answered.
    @Test func whatIsBrokenIsNoWayPastTheSources() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        office.stack.post { [stack = office.stack] in stack.admit { $0 == "127.0.0.2" ? .taken : .dropped } }
        let far = try SIPPeer()
        far.send(SIPRequest("INVITE", far, office, call: "a", extra: Self.brokenDate).text, to: office.port)
        far.send(SIPRequest("INVITE", far, office, call: "b", body: SIPLimitsTests.large + "a").text, to: office.port)
        far.send(
            SIPRequest("OPTIONS", far, office, call: "c", extra: "X-Large: \(SIPLimitsTests.large)\r\n").text,
            to: office.port)
        far.send(
            SIPRequest("INVITE", far, office, call: "d").text.replacing("CSeq: 1 INVITE", with: "CSeq: x"),
            to: office.port)
        #expect(await far.receive(seconds: 2) == nil)
        office.stop()
        #expect(office.stack.counters.unadmitted == 4 && office.events.isEmpty)
    }

    /// Where far sides bear names.
    private static let named = [
        "Contact: <sip:far@far.example.net:PORT>\r\n", "Contact: <sip:far@127.0.0.1:PORT;maddr=far.example.net>\r\n",
        "Contact: <sip:far@[2001:db8::1]:PORT;maddr=;ob>\r\n",
        "Contact: <sip:far@10.0.0.1>\r\nRecord-Route: <sip:proxy.example.net:PORT;lr>\r\n",
    ]

    /// The library asked for the name's address and, with no server that answers, never served anybody again.
    @Test(arguments: named) func aCallersNameIsNotLookedUp(_ lines: String) async throws {
        let office = try SIPOffice(
            react: SIPStackTests.answering { event, stack in
                if case .confirmed(let leg, _) = event { stack.bye(leg) }
            })
        let far = try SIPPeer()
        let extra = lines.replacing("PORT", with: "\(far.port)")
        let invite = SIPRequest("INVITE", far, office, contact: "", extra: extra)
        far.send(invite.text, to: office.port)
        let answer = try #require(await far.finalAnswer())
        far.send(invite.following("ACK", 1, to: answer).text, to: office.port)
        await expectsBye(far, office)
    }

    @Test(arguments: named) func aNameInAnAnswerIsNotLookedUp(_ lines: String) async throws {
        let office = try SIPOffice { event, stack in
            guard case .answered(let leg, _, _) = event else { return }
            stack.acknowledge(leg)
            stack.bye(leg)
        }
        let far = try SIPPeer()
        office.stack.post { [stack = office.stack] in
            stack.invite(SIPStackTests.leg, SIPStackTests.invitation(to: far.port))
        }
        let extra = lines.replacing("PORT", with: "\(far.port)")
        far.answer(try #require(await far.receive("INVITE ")), extra: extra, body: SIPRequest.sdp, to: office.port)
        #expect(await far.receive("ACK ")?.contains(";maddr=127.0.0.1") == true)
        await expectsBye(far, office)
    }

    /// Our BYE comes, and the stack serves others.
    private func expectsBye(_ far: SIPPeer, _ office: SIPOffice) async {
        let bye = await far.receive("BYE ")
        #expect(bye?.contains(";maddr=127.0.0.1") == true, "\(bye ?? "none")")
        far.answer(bye ?? "", to: office.port)
        far.send(SIPRequest("OPTIONS", far, office, call: "alive").text, to: office.port)
        #expect(await far.finalAnswer(to: "alive")?.hasPrefix("SIP/2.0 200 ") == true)
        office.stop()
    }

    /// A dialog whose route no request of ours could take: the library's BYE failed, and was said again within itself
    /// until its stack was full.
    @Test func anAnswerWithARouteThatIsNotSIPIsNeverTaken() async throws {
        let office = try SIPOffice { event, stack in
            guard case .answered(let leg, _, _) = event else { return }
            stack.acknowledge(leg)
            stack.bye(leg)
        }
        let far = try SIPPeer()
        office.stack.post { [stack = office.stack] in
            stack.invite(SIPStackTests.leg, SIPStackTests.invitation(to: far.port))
        }
        let invite = try #require(await far.receive("INVITE "))
        let extra = "Contact: <sip:far@127.0.0.1:\(far.port)>\r\nRecord-Route: <pesip:127.0.0.1:5998;lr>\r\n"
        far.answer(invite, extra: extra + Self.brokenDate, body: SIPRequest.sdp, to: office.port)
        #expect(try await office.wait { if case .failed(SIPStackTests.leg, 502, _, _, _) = $0 { true } else { false } })
        far.send(SIPRequest("OPTIONS", far, office, call: "alive").text, to: office.port)
        #expect(await far.finalAnswer(to: "alive")?.hasPrefix("SIP/2.0 200 ") == true)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }
}
