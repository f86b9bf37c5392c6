import Foundation
import SIPStack
import TelephonyModel
import Testing

/// What stands in the messages: what we read of a call's, what we write in ours, and what is answered outside of calls.
@Suite(.serialized) struct SIPMessageTests {
    static let leg = SIPStackTests.leg

    // MARK: Reading

    @Test func theFactsOfAnInvite() async throws {
        let office = try SIPOffice { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
        let far = try SIPPeer()
        let extra = [
            "Diversion: \"Anna \\\"B\\\", C\" <sip:+498984098723@pbx:5070;user=phone>;reason=no-answer;counter=1",
            "Diversion: <tel:+498984098720>;reason=\"unconditional\",<sip:23%2A@h>",
            "History-Info: <sip:23@pbx?Reason=SIP%3Bcause%3D302>;index=1, <sip:0171@pbx>;index=1.1",
            "P-Called-Party-ID: <sip:+498984098723@pbx>", "P-Asserted-Identity: \"Anna\" <sip:+49171@h;user=phone>",
            "P-Asserted-Identity: <tel:+49171>", "Privacy: ID;critical", "Reason: Q.850;cause=16;text=\"a;b\"",
            "Session-ID: 0123456789ABCDEF0123456789abcdef;remote=00000000000000000000000000000000",
        ].map { $0 + "\r\n" }.joined()
        far.send(SIPRequest("INVITE", far, office, extra: extra).text, to: office.port)
        #expect(await far.receive("SIP/2.0 486") != nil)
        office.stop()
        guard case .invited(let arrival) = office.events.first else { return #expect(Bool(false), "no arrival") }
        #expect(arrival.requestURI.user == "+498984098723" && arrival.requestURI.port == office.port)
        #expect(arrival.from.user == "+4930123" && arrival.from.parameters["tag"] == "far")
        #expect(arrival.diversions.map(\.address.user) == ["+498984098723", "+498984098720", "23*"])
        #expect(arrival.diversions.map(\.reason) == ["no-answer", "unconditional", nil])
        #expect(arrival.diversions.map(\.address.display) == ["Anna \"B\", C", nil, nil])
        #expect(arrival.diversions.map(\.address.host) == ["pbx", nil, "h"])
        #expect(arrival.historyInfo.map(\.user) == ["23", "0171"])
        #expect(arrival.historyInfo.map { $0.parameters["index"] } == ["1", "1.1"])
        #expect(arrival.calledParty?.user == "+498984098723")
        #expect(arrival.assertedIdentities.map(\.scheme) == ["sip", "tel"])
        #expect(arrival.assertedIdentities.map(\.user) == ["+49171", "+49171"])
        #expect(arrival.privacy == ["id", "critical"])
        #expect(arrival.reasons == [ReasonHeader("Q.850", cause: 16, text: "a;b")])
        #expect(arrival.sessionID == "0123456789abcdef0123456789abcdef")
        #expect(arrival.maxForwards == 70 && arrival.callID == "call")
        #expect(arrival.sourceAddress == "127.0.0.1" && arrival.sourcePort == far.port)
        #expect(arrival.sdp == SIPRequest.sdp)
    }

    struct AddressCase: Sendable, CustomTestStringConvertible {
        let testDescription: String, display: String?, user: String?, host: String?, port: UInt16?
        init(_ text: String, _ display: String?, _ user: String?, _ host: String?, _ port: UInt16? = nil) {
            (testDescription, self.display, self.user, self.host, self.port) = (text, display, user, host, port)
        }
    }

    @Test(arguments: [
        AddressCase("<sip:anna@pbx>;tag=1", nil, "anna", "pbx"), AddressCase("sip:anna@pbx;tag=1", nil, "anna", "pbx"),
        AddressCase("Anna B <sip:a;b:c@[::1]:5070;lr>", "Anna B", "a", "[::1]", 5070),
        AddressCase("\"<sip:x@y>\" <sips:%2b49@H>", "<sip:x@y>", "+49", "h"), AddressCase("<sip:pbx>", nil, nil, "pbx"),
        AddressCase("<tel:+49-89;phone-context=x>", nil, "+49-89", nil),
        AddressCase("<sip:a%4@h:99999>", nil, "a%4", "h"), AddressCase("<sip:a@b@c>", nil, "a@b", "c"),
    ]) func anAddressIsRead(_ wanted: AddressCase) throws {
        let read = try #require(SIPAddress(wanted.testDescription))
        #expect(read.display == wanted.display && read.user == wanted.user)
        #expect(read.host == wanted.host && read.port == wanted.port)
    }

    @Test(arguments: ["", "<", "<>", "anna", "<:a>", "\"x", "<sip:a"]) func whatIsNoAddressIsNone(_ text: String) {
        #expect(SIPAddress(text) == nil)
    }

    // MARK: Writing

    @Test func whatOurInviteSays() async throws {
        let office = try SIPOffice { event, stack in if case .answered(let leg, _, _) = event { stack.acknowledge(leg) }
        }
        let far = try SIPPeer()
        var invitation = SIPStackTests.invitation(to: far.port)
        invitation.maxForwards = 12
        invitation.target.user = "0049;x=\"1\"@h#*"
        office.stack.post { [stack = office.stack, invitation] in stack.invite(Self.leg, invitation) }
        let text = try #require(await far.receive("INVITE "))
        #expect(text.hasPrefix("INVITE sip:0049;x=%221%22%40h%23*@127.0.0.1:\(far.port) SIP/2.0\r\n"))
        let invite = SIPText(text)
        #expect(invite.line("From")?.hasPrefix("<sip:+498984098723@127.0.0.1;user=phone>;tag=") == true)
        #expect(invite.lines("P-Asserted-Identity") == ["<sip:+498984098723@127.0.0.1;user=phone>"])
        #expect(
            invite.lines("Diversion") == ["<sip:+498984098723@127.0.0.1;user=phone>;reason=unconditional;counter=1"])
        #expect(invite.line("Contact") == "<sip:rufbus@127.0.0.1:\(office.port);transport=udp>")
        let own = "0123456789abcdef0123456789abcdef", none = String(repeating: "0", count: 32)
        #expect(invite.lines("Session-ID") == ["\(own);remote=\(none)"])
        #expect(invite.line("Max-Forwards") == "12")
        #expect(invite.line("Supported") == "100rel")
        #expect(invite.line("User-Agent") == "Rufbus")
        #expect(invite.line("Allow")?.replacing(" ", with: "") == "INVITE,ACK,CANCEL,BYE,OPTIONS,PRACK,UPDATE")
        #expect(invite.line("Content-Type") == "application/sdp" && text.hasSuffix(SIPStackTests.offer))
        let theirs = String(repeating: "b", count: 32)
        far.answer(
            text, extra: "Contact: <sip:far@127.0.0.1:\(far.port)>\r\nSession-ID: \(theirs);remote=\(own)\r\n",
            body: SIPRequest.sdp, to: office.port)
        let ack = SIPText(try #require(await far.receive("ACK ")))
        #expect(ack.line("Session-ID") == "\(own);remote=\(theirs)")
        office.stack.post { [stack = office.stack] in
            stack.bye(Self.leg, ReasonHeader("Q.850", cause: 16, text: "a \"b\"\r\nX: 1"))
        }
        let bye = try #require(await far.receive("BYE "))
        #expect(SIPText(bye).lines("Reason") == ["Q.850;cause=16;text=\"a \\\"b\\\"  X: 1\""])
        #expect(SIPText(bye).line("Session-ID") == "\(own);remote=\(theirs)")
        far.answer(bye, to: office.port)
        #expect(try await office.wait { $0 == .released(Self.leg) })
        office.stop()
    }

    @Test func whatOurAnswersSay() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let theirs = String(repeating: "b", count: 32)
        far.send(
            SIPRequest("INVITE", far, office, extra: "Session-ID: \(theirs);remote=0\r\n").text, to: office.port)
        for status in ["180", "200"] {
            let text = try #require(await far.receive("SIP/2.0 \(status)"))
            let answer = SIPText(text)
            #expect(answer.lines("P-Asserted-Identity") == ["<sip:+498984098723@127.0.0.1;user=phone>"])
            #expect(answer.lines("Session-ID") == ["0123456789abcdef0123456789abcdef;remote=\(theirs)"])
            #expect(answer.line("Contact") == "<sip:rufbus@127.0.0.1:\(office.port);transport=udp>")
            #expect(text.contains("m=audio") == (status == "200"))
        }
        office.stop()
    }

    @Test func aPhraseHasNoControlCharacters() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, SIPStackTests.invitation(to: far.port)) }
        let invite = SIPText(try #require(await far.receive("INVITE ")))
        let head = ["Via", "From", "Call-ID", "CSeq"].map { "\($0): \(invite.line($0) ?? "")\r\n" }.joined()
        let phrase = "Busy \u{1b}[2J\u{7}" + String(repeating: "x", count: 100)
        far.send(
            "SIP/2.0 486 \(phrase)\r\n\(head)To: \(invite.line("To") ?? "");tag=far\r\nContent-Length: 0\r\n\r\n",
            to: office.port)
        let shown = "Busy [2J" + String(repeating: "x", count: 56)
        #expect(
            try await office.wait { $0 == .failed(Self.leg, status: 486, phrase: shown, cause: nil, isLocal: false) })
        office.stop()
    }

    // MARK: What crosses

    @Test func a200ThatCrossesOurCancelIsAcknowledgedAndEnded() async throws {
        let office = try SIPOffice { event, stack in
            guard case .answered(let leg, _, _) = event else { return }
            stack.acknowledge(leg)
            stack.bye(leg)
        }
        let far = try SIPPeer()
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, SIPStackTests.invitation(to: far.port)) }
        let invite = try #require(await far.receive("INVITE "))
        let contact = "Contact: <sip:far@127.0.0.1:\(far.port)>\r\n"
        let ringing = SIPText(invite)
        far.send(
            "SIP/2.0 180 Ringing\r\nVia: \(ringing.line("Via") ?? "")\r\nFrom: \(ringing.line("From") ?? "")\r\n"
                + "To: \(ringing.line("To") ?? "");tag=far\r\nCall-ID: \(ringing.line("Call-ID") ?? "")\r\n"
                + "CSeq: \(ringing.line("CSeq") ?? "")\r\n\(contact)Content-Length: 0\r\n\r\n", to: office.port)
        #expect(try await office.wait { $0 == .provisional(Self.leg, status: 180, sdp: nil) })
        office.stack.post { [stack = office.stack] in stack.cancel(Self.leg) }
        let cancel = try #require(await far.receive("CANCEL "))
        far.answer(invite, extra: contact, body: SIPRequest.sdp, to: office.port)
        far.answer(cancel, to: office.port)
        #expect(await far.receive("ACK ") != nil)
        let bye = try #require(await far.receive("BYE "))
        far.answer(bye, to: office.port)
        #expect(try await office.wait { $0 == .released(Self.leg) })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aForgottenCallHearsNothing() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let invite = SIPRequest("INVITE", far, office)
        far.send(invite.text, to: office.port)
        let answer = try #require(await far.receive("SIP/2.0 200"))
        far.send(invite.following("ACK", 1, to: answer).text, to: office.port)
        #expect(try await office.wait { $0 == .confirmed(Self.leg, sdp: nil) })
        office.stack.post { [stack = office.stack] in stack.forget(Self.leg) }
        #expect(await far.receive(seconds: 2) == nil)
        far.send(invite.following("BYE", 2, to: answer).text, to: office.port)
        #expect(await far.receive()?.hasPrefix("SIP/2.0 481 ") == true)
        let before = office.events
        office.stop()
        #expect(office.events == before)
        #expect(office.stack.counters.handles == 0)
    }

    /// What is let go says BYE to a port of our own; nobody else gets an answer there.
    @Test func theResponderAnswersNoStranger() async throws {
        let office = try SIPOffice(address: "127.0.0.2")  // Nothing else of this process is there.
        let far = try SIPPeer()
        let ports = try SIPPeer.udpPorts(at: "127.0.0.2").filter { $0 != office.port }
        #expect(ports.count == 1)
        for port in ports { far.send(SIPRequest("BYE", far, office).text, to: port, at: "127.0.0.2") }
        #expect(await far.receive(seconds: 1) == nil)
        office.stop()
    }

    @Test func aDialogThatTheFarSideForgotIsOver() async throws {
        let call = try await SIPLimitsTests.Standing()
        call.office.stack.post { [stack = call.office.stack] in stack.bye(Self.leg) }
        let bye = try #require(await call.far.receive("BYE "))
        let read = SIPText(bye)
        let head = ["Via", "From", "To", "Call-ID", "CSeq"].map { "\($0): \(read.line($0) ?? "")\r\n" }.joined()
        call.far.send("SIP/2.0 481 Gone\r\n\(head)Content-Length: 0\r\n\r\n", to: call.office.port)
        #expect(try await call.office.wait { $0 == .released(Self.leg) })
        try await call.end()
    }

    // MARK: Outside of calls

    @Test func optionsIsAnsweredAndLeavesNoHandle() async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        for number in 0..<20 {
            far.send(SIPRequest("OPTIONS", far, office, call: "o\(number)").text, to: office.port)
            let answer = try #require(await far.receive("SIP/2.0 "))
            #expect(answer.hasPrefix("SIP/2.0 200 ") && answer.contains("\r\nAllow: "))
        }
        office.stop()
        #expect(office.stack.counters.handles == 0 && office.events.isEmpty)
    }

    struct OutsideCase: Sendable, CustomTestStringConvertible {
        let testDescription: String, statuses: [Int], extra: String
        init(_ method: String, _ statuses: [Int], _ extra: String = "") {
            (testDescription, self.statuses, self.extra) = (method, statuses, extra)
        }
    }

    @Test(arguments: [
        OutsideCase("MESSAGE", [405]), OutsideCase("REGISTER", [405]), OutsideCase("SUBSCRIBE", [405, 489]),
        OutsideCase("INFO", [405]), OutsideCase("REFER", [405]), OutsideCase("NOTIFY", [405]),
        OutsideCase("PUBLISH", [405]), OutsideCase("FOO", [405, 501]), OutsideCase("BYE", [481]),
        OutsideCase("UPDATE", [481]),
    ]) func otherRequestsAreRefusedAndLeaveNoHandle(_ wanted: OutsideCase) async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        far.send(SIPRequest(wanted.testDescription, far, office, extra: "Event: dialog\r\n").text, to: office.port)
        let answer = await far.receive("SIP/2.0 ")
        #expect(wanted.statuses.contains { answer?.hasPrefix("SIP/2.0 \($0) ") == true })
        office.stop()
        #expect(office.stack.counters.notServed == 1 && office.stack.counters.handles == 0)
        #expect(office.events.isEmpty)
    }

    @Test(arguments: [
        OutsideCase("Require: rufbus-unknown", [420]), OutsideCase("Require: replaces", [420]),
        OutsideCase("Replaces: a;to-tag=b;from-tag=c", [481]), OutsideCase("Max-Forwards: 0", [483]),
        OutsideCase("Content-Type: text/plain", [415]),
    ]) func invitesThatAreRefusedWhoeverTheyAreFor(_ wanted: OutsideCase) async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let name = String(wanted.testDescription.prefix { $0 != ":" })
        let lines = SIPRequest("INVITE", far, office).text.components(separatedBy: "\r\n")
        let kept = lines.filter { !$0.hasPrefix(name + ":") }
        let text = ([kept[0], wanted.testDescription] + kept.dropFirst()).joined(separator: "\r\n")
        far.send(text, to: office.port)
        let answer = await far.finalAnswer()
        #expect(answer?.hasPrefix("SIP/2.0 \(wanted.statuses[0]) ") == true)
        office.stop()
        #expect(office.stack.counters.handles == 0 && office.events.isEmpty)
    }
}
