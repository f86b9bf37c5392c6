import Foundation
import SIPStack
import TelephonyModel
import Testing

/// Session timers (RFC 4028) and OPTIONS of ours in a call: what is said. What has to be waited for is in
/// `SIPSessionPatienceTests`.
@Suite(.serialized) struct SIPSessionTests {
    typealias Stage = SIPDialogStage
    static let leg = Stage.leg
    static let timer = "Supported: timer\r\n"

    // MARK: Theirs

    /// Not offered by us; the caller that refreshes by itself is told so, by INVITE and by UPDATE.
    @Test func theFarSidesRefreshesAreAnswered() async throws {
        let stage = try await Stage.calls(more: Self.timer + "Session-Expires: 1800\r\n")
        let agreed = "1800;refresher=uac"
        let refresh = Self.timer + "Session-Expires: \(agreed)\r\n"
        stage.far.send("UPDATE", more: refresh)
        let bare = try #require(await stage.far.receive("SIP/2.0 200"))
        #expect(bare.line("Session-Expires") == agreed && bare.line("Require") == "timer" && bare.body.isEmpty)
        stage.far.send("INVITE", sdp: TrunkDialog.sdp(port: 6000), more: refresh)
        let whole = try #require(await stage.far.receive("SIP/2.0 200"))
        stage.far.send("ACK")
        #expect(whole.line("Session-Expires") == agreed && whole.line("Require") == "timer")
        stage.far.send("UPDATE", sdp: TrunkDialog.sdp(port: 6000), more: Self.timer + "x: 90\r\n")
        let short = try #require(await stage.far.receive("SIP/2.0 200"))
        #expect(short.line("Session-Expires") == "90;refresher=uac")
        // Without the header the session no longer expires.
        stage.far.send("UPDATE")
        #expect(await stage.far.receive("SIP/2.0 200")?.line("Session-Expires") == nil)
        try await stage.end()
    }

    @Test func theFirstAnswerSaysWhoRefreshes() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        for (more, said) in [
            (Self.timer + "Session-Expires: 1800\r\n", "1800;refresher=uac"),
            (Self.timer + "Session-Expires: 1800;refresher=uas\r\n", nil), ("Session-Expires: 1800\r\n", nil),
            ("Require: timer\r\nSession-Expires: 1800;refresher=uas\r\n", "1800;refresher=uas"),
        ] {
            let caller = TrunkDialog(calling: "23", from: try SIPPeer(), office: office.port, more: more)
            let answer = try #require(await caller.receive("SIP/2.0 200"))
            #expect(answer.line("Session-Expires") == said, "\(more)")
            #expect(answer.line("Supported")?.contains("timer") != true)
            caller.send("ACK")
            caller.send("BYE")
            #expect(try await office.wait { office.stack.counters.records == 0 })
        }
        office.stop()
    }

    /// A trunk that insists (RFC 4028 §8): too short an interval is 422, a long enough one is taken.
    @Test func aTrunkThatRequiresTimersIsServed() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let short = TrunkDialog(
            calling: "23", from: try SIPPeer(), office: office.port,
            more: "Require: timer\r\nSupported: timer\r\nSession-Expires: 60\r\n")
        #expect(await short.receive("SIP/2.0 422")?.line("Min-SE") == "90")
        short.acknowledgeInvite()
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    // MARK: Ours

    /// A trunk that insists on timers, and raises the interval: 422, then the same call with its least.
    @Test func a422RaisesTheInterval() async throws {
        let stage = try await Stage.calling(
            SIPOffice { event, stack in if case .answered(let leg, _, _) = event { stack.acknowledge(leg) } },
            timer: 600)
        #expect(stage.far.invite.line("Session-Expires") == "600")
        #expect(stage.far.invite.line("Supported") == "100rel, timer")
        stage.far.reply("422 Session Interval Too Small", more: "Min-SE: 900\r\n")
        #expect(await stage.far.receive("ACK") != nil)
        let again = try #require(await TrunkDialog(calledAt: stage.peer, office: stage.office.port))
        #expect(again.invite.line("Session-Expires") == "900" && again.invite.line("Min-SE") == "900")
        again.reply(
            "200 OK", sdp: TrunkDialog.sdp(port: 6000), more: "Require: timer\r\nSession-Expires: 900;refresher=uas\r\n"
        )
        #expect(await again.receive("ACK") != nil)
        #expect(stage.office.ladder(Self.leg).filter { $0.hasSuffix("INVITE") && $0.hasPrefix(">") }.count == 2)
        again.send("BYE")
        #expect(await again.receive("SIP/2.0 200") != nil)
        try await stage.isOver()
    }

    // MARK: OPTIONS

    @Test(arguments: [true, false]) func theFarSideIsAskedWhetherItLives(_ calling: Bool) async throws {
        let stage = try await calling ? Stage.called(optionsSeconds: 1) : Stage.calls(optionsSeconds: 1)
        for status in ["200 OK", "405 Method Not Allowed", "501 Not Implemented"] {
            let options = try #require(await stage.far.receive("OPTIONS"))
            #expect(options.line("To")?.contains(";tag=") == true)
            stage.far.reply(status, to: options)
        }
        let options = try #require(await stage.far.receive("OPTIONS"))
        #expect(!stage.office.events.contains(.lost(Self.leg)))
        stage.far.reply("481 Gone", to: options)
        #expect(try await stage.office.wait { $0 == .lost(Self.leg) })
        if let bye = await stage.far.receive("BYE", seconds: 1) { stage.far.reply("200 OK", to: bye) }
        try await stage.isOver()
    }
}

/// What has to be waited out; the tests wait side by side.
@Suite struct SIPSessionPatienceTests {
    typealias Stage = SIPDialogStage
    static let leg = Stage.leg

    /// We are the refresher: an UPDATE without body where the far side takes UPDATE, else a re-INVITE with what we said
    /// last, in its version.
    @Test(arguments: [true, false]) func weRefreshForATrunkThatInsists(_ takesUpdate: Bool) async throws {
        let allow = takesUpdate ? "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n" : "Allow: INVITE, ACK, BYE, CANCEL\r\n"
        let stage = try await Stage.called(
            timer: 90, answer: "Require: timer\r\nSession-Expires: 90;refresher=uac\r\n" + allow)
        for _ in 0..<2 {
            let refresh = try #require(await stage.far.receive(takesUpdate ? "UPDATE" : "INVITE", seconds: 60))
            #expect(refresh.body == (takesUpdate ? "" : SIPStackTests.offer))
            #expect(refresh.line("Session-Expires") == "90;refresher=uac")
            #expect(refresh.line("Supported")?.contains("timer") == true)
            stage.far.reply(
                "200 OK", to: refresh, sdp: takesUpdate ? nil : TrunkDialog.sdp(port: 6000),
                more: "Session-Expires: 90;refresher=uac\r\n")
            if !takesUpdate { #expect(await stage.far.receive("ACK") != nil) }
        }
        #expect(!stage.office.events.contains { if case .reofferAnswered = $0 { true } else { false } })
        try await stage.end()
    }

    /// The far side was to refresh and is silent: BYE before the end (RFC 4028 §10), here after 60 s of 90.
    @Test func aFarSideThatDoesNotRefreshIsLost() async throws {
        let stage = try await Stage.calls(more: "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n")
        let begin = ContinuousClock.now
        let bye = try #require(await stage.far.receive("BYE", seconds: 70))
        #expect(ContinuousClock.now - begin > .seconds(58))
        stage.far.reply("200 OK", to: bye)
        #expect(stage.office.events.contains(.lost(Self.leg)))
        try await stage.isOver()
    }

    /// S15's silence: a far side with a timer of its own, which refreshes; nothing comes from us, and nothing ends.
    @Test func nothingOfTheLibrarysComesWhileTheFarSideRefreshes() async throws {
        let refresh = "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n"
        let stage = try await Stage.calls(more: refresh)
        while await stage.peer.receive(seconds: 1) != nil {}  // Our 200 may have come twice.
        for turn in 0..<4 {
            let unasked = await stage.peer.receive("", seconds: 30)
            #expect(unasked == nil || unasked?.hasPrefix("SIP/2.0 200") == true, "\(unasked ?? "")")
            stage.far.send(turn % 2 == 0 ? "UPDATE" : "INVITE", sdp: TrunkDialog.sdp(port: 6000), more: refresh)
            #expect(await stage.far.receive("SIP/2.0 200")?.line("Session-Expires") == "90;refresher=uac")
            if turn % 2 == 1 { stage.far.send("ACK") }
        }
        try await stage.end()
    }

    /// OPTIONS that are no longer answered: the far side is gone. One that never answered any is left in peace.
    @Test(arguments: [true, false]) func silenceToOPTIONSIsALossOnlyAfterAnswers(_ answers: Bool) async throws {
        let stage = try await Stage.called(optionsSeconds: 1)
        if answers {
            let options = try #require(await stage.far.receive("OPTIONS"))
            stage.far.reply("200 OK", to: options)
        }
        let isLost = try await stage.office.wait(seconds: 37) { $0 == .lost(Self.leg) }
        #expect(isLost == answers)
        if !answers { return try await stage.end() }
        if let bye = await stage.far.receive("BYE", seconds: 1) { stage.far.reply("200 OK", to: bye) }
        try await stage.isOver()
    }

    /// A reliable 180 that nobody acknowledges: the INVITE is refused after 64*T1 (RFC 3262 §3).
    @Test func aReliable180WithoutPRACKIsTheEnd() async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.provisional(Self.leg, status: 180)
        }
        let caller = TrunkDialog(
            calling: "23", from: try SIPPeer(), office: office.port, more: "Require: 100rel\r\nSupported: 100rel\r\n")
        let refusal = try #require(await caller.receive("SIP/2.0 5", seconds: 40))
        #expect(refusal.line("CSeq") == "1 INVITE")
        caller.acknowledgeInvite()
        #expect(try await office.wait { office.stack.counters.records == 0 })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }
}
