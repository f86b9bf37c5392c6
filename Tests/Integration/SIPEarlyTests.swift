import Foundation
import SIPStack
import TelephonyModel
import Testing

/// Before the call stands: reliable provisional answers (RFC 3262), forks, CANCEL in each phase, what crosses.
@Suite(.serialized) struct SIPEarlyTests {
    typealias Stage = SIPDialogStage
    static let leg = Stage.leg
    static let reliable = "Require: 100rel\r\nRSeq: 7\r\n"

    // MARK: 100rel

    @Test func aReliable183IsAcknowledgedByPRACKAndItsMediaTold() async throws {
        let stage = try await Stage.calling(
            SIPOffice { event, stack in if case .answered(let leg, _, _) = event { stack.acknowledge(leg) } })
        let early = TrunkDialog.sdp(port: 6000)
        stage.far.reply("183 Session Progress", sdp: early, more: Self.reliable)
        let prack = try #require(await stage.far.receive("PRACK"))
        #expect(prack.line("RAck") == "7 \(stage.far.invite.line("CSeq") ?? "")")
        stage.far.reply("200 OK", to: prack)
        #expect(try await stage.office.wait { $0 == .provisional(Self.leg, status: 183, sdp: early) })
        // The offer is answered for good: the target may offer before it answers the call.
        stage.far.send("UPDATE", sdp: TrunkDialog.sdp(port: 6002))
        #expect(try await stage.office.wait { if case .reoffered = $0 { true } else { false } })
        #expect(await stage.far.receive("SIP/2.0 500") != nil, "nobody has answered it here")
        stage.far.reply("200 OK")
        #expect(await stage.far.receive("ACK") != nil)
        #expect(stage.office.events.contains(.answered(Self.leg, status: 200, sdp: nil)))
        try await stage.end()
    }

    /// The caller wants 100rel: our 180 is repeated until his PRACK; without SDP in it our 200 need not wait.
    @Test func our180IsReliableForACallerThatRequiresIt() async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.provisional(Self.leg, status: 180)
        }
        let peer = try SIPPeer()
        let caller = TrunkDialog(
            calling: "23", from: peer, office: office.port, more: "Require: 100rel\r\nSupported: 100rel\r\n")
        let ringing = try #require(await caller.receive("SIP/2.0 180"))
        let again = try #require(await caller.receive("SIP/2.0 180"))
        let number = try #require(ringing.line("RSeq"))
        #expect(ringing.line("Require")?.contains("100rel") == true && again.line("RSeq") == number)
        #expect(ringing.body.isEmpty)
        caller.send("PRACK", more: "RAck: \(number) 1 INVITE\r\n")
        let pracked = try #require(await caller.receive("SIP/2.0 200"))
        #expect(pracked.line("CSeq")?.hasSuffix("PRACK") == true)
        #expect(await caller.receive("SIP/2.0 180", seconds: 2) == nil)
        office.stack.post { [stack = office.stack] in stack.accept(Self.leg, sdp: SIPStackTests.offer) }
        #expect(await caller.receive("SIP/2.0 200")?.line("CSeq") == "1 INVITE")
        caller.acknowledgeInvite()
        #expect(try await office.wait { $0 == .confirmed(Self.leg, sdp: nil) })
        caller.send("BYE")
        #expect(try await office.wait { office.stack.counters.records == 0 })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func aCallerWithReliable180GivesUpBeforeItsPRACK() async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.provisional(Self.leg, status: 180)
        }
        let caller = TrunkDialog(
            calling: "23", from: try SIPPeer(), office: office.port, more: "Require: 100rel\r\nSupported: 100rel\r\n")
        #expect(await caller.receive("SIP/2.0 180") != nil)
        caller.send("CANCEL")
        #expect(await caller.receive("SIP/2.0 487") != nil)
        caller.acknowledgeInvite()
        #expect(try await office.wait { if case .cancelled = $0 { true } else { false } })
        #expect(try await office.wait { office.stack.counters.records == 0 })
        office.stop()
    }

    // MARK: Forks

    /// Two phones ring behind one proxy, the second answers: its 200 is the call.
    @Test func theForkThatAnswersIsTheCall() async throws {
        let stage = try await Stage.calling(
            SIPOffice { event, stack in if case .answered(let leg, _, _) = event { stack.acknowledge(leg) } })
        stage.far.reply("180 Ringing", tag: "a")
        stage.far.reply("183 Session Progress", sdp: TrunkDialog.sdp(port: 6000), tag: "b")
        stage.far.reply("180 Ringing", tag: "c")
        stage.far.reply("200 OK", sdp: TrunkDialog.sdp(port: 6002), tag: "b")
        let ack = try #require(await stage.far.receive("ACK"))
        #expect(ack.line("To")?.hasSuffix(";tag=b") == true)
        let sdp = TrunkDialog.sdp(port: 6002)
        #expect(stage.office.events.contains(.answered(Self.leg, status: 200, sdp: sdp)))
        stage.office.stack.post { [stack = stage.office.stack] in stack.bye(Self.leg) }
        let bye = try #require(await stage.far.receive("BYE"))
        #expect(bye.line("To")?.hasSuffix(";tag=b") == true)
        stage.far.reply("200 OK", to: bye)
        try await stage.isOver()
    }

    /// RFC 3261 §13.2.2.4: both answer; the second is acknowledged and hung up, the first talks on.
    @Test func aSecondAnswerIsAcknowledgedAndHungUp() async throws {
        let stage = try await Stage.calling(
            SIPOffice { event, stack in if case .answered(let leg, _, _) = event { stack.acknowledge(leg) } })
        stage.far.reply("200 OK", sdp: TrunkDialog.sdp(port: 6000), tag: "a")
        #expect(await stage.far.receive("ACK")?.line("To")?.hasSuffix(";tag=a") == true)
        stage.far.reply("200 OK", sdp: TrunkDialog.sdp(port: 6002), tag: "b")
        var seen: [String] = []
        while seen.count < 2, let next = await stage.far.receive("") {
            guard next.line("To")?.hasSuffix(";tag=b") == true else { continue }
            seen.append(String(next.text.prefix { $0 != " " }))
            if seen.last == "BYE" { stage.far.reply("200 OK", to: next) }
        }
        #expect(seen == ["ACK", "BYE"])
        #expect(stage.office.events.count { if case .answered = $0 { true } else { false } } == 1)
        stage.office.stack.post { [stack = stage.office.stack] in stack.bye(Self.leg) }
        var bye = await stage.far.receive("BYE")
        while let other = bye, other.line("To")?.hasSuffix(";tag=a") != true { bye = await stage.far.receive("BYE") }
        let last: SIPText = try #require(bye)
        stage.far.reply("200 OK", to: last)
        try await stage.isOver()
    }

    // MARK: CANCEL

    /// Ours, while a reliable 183 is acknowledged.
    @Test func aReliablyRingingCalleeIsCancelled() async throws {
        let stage = try await Stage.calling(
            SIPOffice { event, stack in if case .provisional(let leg, 183, _) = event { stack.cancel(leg) } })
        stage.far.reply("183 Session Progress", sdp: TrunkDialog.sdp(port: 6000), more: Self.reliable)
        var cancelled = false
        while !cancelled, let next = await stage.far.receive("") {
            if next.text.hasPrefix("PRACK") { stage.far.reply("200 OK", to: next) }
            guard next.text.hasPrefix("CANCEL") else { continue }
            stage.far.reply("200 OK", to: next)
            stage.far.reply("487 Request Terminated")
            cancelled = true
        }
        #expect(cancelled)
        #expect(try await stage.office.wait { if case .failed(Self.leg, 487, _, _, _) = $0 { true } else { false } })
        try await stage.isOver()
    }

    /// Theirs, after our 200: it comes too late, the call stands.
    @Test func aCancelAfterOur200ChangesNothing() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let caller = TrunkDialog(calling: "23", from: try SIPPeer(), office: office.port)
        #expect(await caller.receive("SIP/2.0 200") != nil)
        caller.send("CANCEL")
        let answer = try #require(await caller.receive("SIP/2.0"))
        #expect(answer.line("CSeq") == "1 CANCEL")
        caller.acknowledgeInvite()
        #expect(try await office.wait { $0 == .confirmed(Self.leg, sdp: nil) })
        #expect(!office.events.contains { if case .cancelled = $0 { true } else { false } })
        caller.send("BYE")
        #expect(try await office.wait { $0 == .hungUp(Self.leg, []) })
        #expect(try await office.wait { office.stack.counters.records == 0 })
        office.stop()
    }

    /// A CANCEL that nobody is ringing for.
    @Test func aCancelForNothingIsA481() async throws {
        let office = try SIPOffice()
        let peer = try SIPPeer()
        peer.send(SIPRequest("CANCEL", peer, office).text, to: office.port)
        #expect(await peer.receive("SIP/2.0")?.hasPrefix("SIP/2.0 481 ") == true)
        office.stop()
        #expect(office.events.isEmpty && office.stack.counters.handles == 0)
    }
}
