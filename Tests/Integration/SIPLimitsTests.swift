import Foundation
import SIPStack
import TelephonyModel
import TestSupport
import Testing

/// What is malformed, too large, or has a Contact that is no SIP URI: refused or dropped, counted, and nothing else is
/// harmed. Also within a dialog.
@Suite(.serialized) struct SIPLimitsTests {
    static let leg = SIPStackTests.leg
    static let badContact = "SIP/2.0 400 Contact must be sip: or sips:\r\n"
    static let large = String(repeating: "a", count: 16 * 1024)

    /// A call that stands, between an office that answers all and a bare peer.
    struct Standing {
        let office: SIPOffice, far: SIPPeer, invite: SIPRequest, answer: String

        init() async throws {
            office = try SIPOffice(
                react: SIPStackTests.answering { event, stack in
                    if case .reoffered(let leg, _) = event { stack.answerOffer(leg, sdp: SIPStackTests.offer) }
                })
            far = try SIPPeer()
            invite = SIPRequest("INVITE", far, office)
            far.send(invite.text, to: office.port)
            answer = try #require(await far.receive("SIP/2.0 200"))
            far.send(invite.following("ACK", 1, to: answer).text, to: office.port)
            #expect(try await office.wait { $0 == .confirmed(leg, sdp: nil) })
        }

        /// Sends a request in the dialog and gives the final answer.
        func ask(_ method: String, _ sequence: Int, contact: String? = nil, extra: String = "", body: String = "")
            async -> String?
        {
            var request = invite.following(method, sequence, to: answer)
            if let contact { request.contact = contact }
            (request.extra, request.body) = (extra, body)
            far.send(request.text, to: office.port)
            return await far.finalAnswer()
        }

        /// The office hangs up; gives its BYE, answered.
        func hangUp() async -> String? {
            office.stack.post { [stack = office.stack] in stack.bye(leg) }
            guard let bye = await far.receive("BYE ") else { return nil }
            far.answer(bye, to: office.port)
            return bye
        }

        func end() async throws {
            #expect(try await office.wait { office.stack.counters.records == 0 })
            office.stop()
            #expect(office.stack.counters.handles == 0)
        }
    }

    // MARK: Contact

    @Test(arguments: ["INVITE", "UPDATE"]) func aBadContactInACallLeavesTheOldTarget(_ method: String) async throws {
        let call = try await Standing()
        let bad = await call.ask(method, 2, contact: "<tel:+4930123>", body: SIPRequest.sdp)
        #expect(bad?.hasPrefix(Self.badContact) == true)
        if method == "INVITE" {
            call.far.send(call.invite.following("ACK", 2, to: call.answer).text, to: call.office.port)
        }
        let bye = await call.hangUp()
        #expect(bye?.hasPrefix("BYE sip:far@127.0.0.1:\(call.far.port) SIP/2.0") == true)
        try await call.end()
        #expect(call.office.stack.counters.badContact == 1)
    }

    @Test(arguments: ["Contact: <tel:+4930123>\r\n", "Contact: <http://127.0.0.1/>\r\n", ""])
    func aBadContactInA200IsNeverAcknowledged(_ contact: String) async throws {
        let office = try SIPOffice()
        let far = try SIPPeer()
        office.stack.post { [stack = office.stack] in stack.invite(Self.leg, SIPStackTests.invitation(to: far.port)) }
        let invite = try #require(await far.receive("INVITE "))
        far.answer(
            invite, extra: contact + "Session-Expires: 120;refresher=uac\r\n", body: SIPRequest.sdp, to: office.port)
        #expect(try await office.wait { if case .failed(Self.leg, 502, _, _, _) = $0 { true } else { false } })
        // It repeats its 200 and hears nothing: no ACK, no BYE.
        far.answer(invite, extra: contact, body: SIPRequest.sdp, to: office.port)
        #expect(await far.receive("ACK ", seconds: 1) == nil)
        #expect(await far.receive("BYE ", seconds: 1) == nil)
        office.stop()
        #expect(office.stack.counters.badContact >= 1)
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aRecordRouteThatIsNotSIPIsRefused() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        far.send(
            SIPRequest("INVITE", far, office, extra: "Record-Route: <http://127.0.0.1;lr>\r\n").text, to: office.port)
        #expect(await far.finalAnswer()?.hasPrefix("SIP/2.0 400 Record-Route must be sip:") == true)
        office.stop()
        #expect(office.stack.counters.malformed == 1 && office.stack.counters.handles == 0)
    }

    // MARK: Sizes

    @Test func limitsOfAnInvite() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        far.send(SIPRequest("INVITE", far, office, call: "body", body: Self.large + "a").text, to: office.port)
        #expect(await far.finalAnswer(to: "body")?.hasPrefix("SIP/2.0 413 ") == true)
        far.send(
            SIPRequest("INVITE", far, office, call: "head", extra: "X-Large: \(Self.large)\r\n").text, to: office.port)
        #expect(await far.finalAnswer(to: "head")?.hasPrefix("SIP/2.0 400 ") == true)
        let many = String(repeating: "X-Many: 1\r\n", count: 2_000)
        far.send(SIPRequest("INVITE", far, office, call: "many", extra: many).text, to: office.port)
        #expect(await far.finalAnswer(to: "many")?.hasPrefix("SIP/2.0 400 ") == true)
        #expect(office.stack.counters.bodyTooLarge == 1)
        #expect(office.stack.counters.headerTooLarge == 2)
        // Just within them a call is taken.
        let room = "X-Large: \(String(repeating: "a", count: 15 * 1024))\r\n"
        let body = SIPRequest.sdp + "a=" + String(repeating: "x", count: 15 * 1024) + "\r\n"
        far.send(SIPRequest("INVITE", far, office, call: "fits", extra: room, body: body).text, to: office.port)
        #expect(await far.receive("SIP/2.0 180") != nil)
        office.stop()
    }

    @Test func limitsInACall() async throws {
        let call = try await Standing()
        let head = "X-Large: \(Self.large)\r\n"
        for (index, method) in ["INVITE", "UPDATE", "OPTIONS", "BYE"].enumerated() {
            let large = await call.ask(method, 10 + index, body: Self.large + "a")
            #expect(large?.hasPrefix("SIP/2.0 413 ") == true, "\(method)")
            let long = await call.ask(method, 20 + index, extra: head)
            #expect(long?.hasPrefix("SIP/2.0 400 ") == true, "\(method)")
        }
        #expect(call.office.stack.counters.bodyTooLarge == 4)
        #expect(call.office.stack.counters.headerTooLarge == 4)
        // The call stands and takes what is sound.
        #expect(await call.ask("UPDATE", 30, body: SIPRequest.sdp)?.hasPrefix("SIP/2.0 200 ") == true)
        #expect(await call.hangUp() != nil)
        try await call.end()
    }

    @Test func anACKOrAnAnswerThatIsTooLargeIsDropped() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let invite = SIPRequest("INVITE", far, office)
        far.send(invite.text, to: office.port)
        let answer = try #require(await far.receive("SIP/2.0 200"))
        var ack = invite.following("ACK", 1, to: answer)
        ack.body = Self.large + "a"
        far.send(ack.text, to: office.port)
        // The 200 comes again, for it was not acknowledged, and nobody answers an ACK.
        #expect(await far.receive("SIP/2.0 ", seconds: 5)?.hasPrefix("SIP/2.0 200 ") == true)
        far.send(invite.following("ACK", 1, to: answer).text, to: office.port)
        #expect(try await office.wait { $0 == .confirmed(Self.leg, sdp: nil) })
        office.stack.post { [stack = office.stack] in stack.bye(Self.leg) }
        let bye = try #require(await far.receive("BYE "))
        far.answer(bye, body: Self.large + "a", to: office.port)
        far.answer(bye, to: office.port)
        #expect(try await office.wait { $0 == .released(Self.leg) })
        office.stop()
        #expect(office.stack.counters.bodyTooLarge == 2 && office.stack.counters.handles == 0)
    }

    // MARK: Malformed

    @Test func garbageIsCountedAndHarmsNothing() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let texts = [
            "hello", "\r\n\r\nhello\r\n\r\n", "INVITE\r\n\r\n", "INVITE sip:a SIP/2.0\r\n\r\n",
            "SIP/2.0 200 OK\r\n\r\n",
            "INVITE sip:a@b SIP/7.0\r\nVia: SIP/7.0/UDP a\r\n\r\n", "\u{0}\u{1}\u{2}",
            String(repeating: "<", count: 9_000),
        ]
        for text in texts { far.send(text, to: office.port) }
        far.send([UInt8](repeating: 0xff, count: 1_500), to: office.port)
        #expect(try await office.wait { office.stack.counters.malformed >= 5 })
        far.send(SIPRequest("OPTIONS", far, office).text, to: office.port)
        #expect(await far.receive("SIP/2.0 200") != nil)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test(arguments: ["Call-ID", "CSeq", "From", "To"]) func whatLacksAHeaderIsRefused(_ name: String) async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let lines = SIPRequest("INVITE", far, office).text.components(separatedBy: "\r\n")
        far.send(lines.filter { !$0.hasPrefix(name + ":") }.joined(separator: "\r\n"), to: office.port)
        #expect(await far.finalAnswer()?.hasPrefix("SIP/2.0 400 ") == true)
        office.stop()
        #expect(office.stack.counters.malformed == 1 && office.stack.counters.handles == 0)
    }

    @Test func aContentLengthBeyondTheDatagramIsRefused() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let text = SIPRequest("INVITE", far, office).text
        far.send(text.replacing("Content-Length: ", with: "Content-Length: 9"), to: office.port)
        #expect(await far.finalAnswer()?.hasPrefix("SIP/2.0 400 ") == true)
        office.stop()
        #expect(office.stack.counters.malformed == 1)
    }

    /// Seeded: 3,000 INVITEs, each with a few bytes changed, doubled or left out.
    @Test func spoiltInvitesHarmNothing() async throws {
        let office = try SIPOffice { event, stack in
            if case .invited(let arrival) = event { stack.refuse(arrival.id, status: 486) }
        }
        let far = try SIPPeer()
        var random = SeededRandom(seed: 20_260_611)
        let extra = "Diversion: \"A, <B\" <sip:+4989%31@h;x>;reason=no-answer, <tel:+49>\r\nReason: Q.850;cause=16\r\n"
        for number in 0..<3_000 {
            var bytes = Array(SIPRequest("INVITE", far, office, call: "spoilt-\(number)", extra: extra).text.utf8)
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[place], at: place)
                }
            }
            far.send(bytes, to: office.port)
            if number % 50 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        let sound = try SIPPeer()
        var answer: String?
        for attempt in 0..<20 where answer == nil {  // The burst may have filled the socket.
            sound.send(SIPRequest("OPTIONS", sound, office, call: "alive-\(attempt)").text, to: office.port)
            answer = await sound.receive("SIP/2.0 200", seconds: 1)
        }
        #expect(answer != nil)
        #expect(office.stack.counters.malformed > 100)
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }
}
