import Foundation
import SIPStack
import TelephonyModel
import Testing

/// Offers within a call: ours and theirs, those that cross and overlap, and what ends the dialog.
@Suite(.serialized) struct SIPOfferTests {
    typealias Stage = SIPDialogStage
    static let leg = Stage.leg

    // MARK: Ours

    @Test(arguments: [OfferMethod.invite, .update]) func anOfferOfOursIsAnswered(_ method: OfferMethod) async throws {
        let stage = try await Stage.called()
        stage.reoffer(by: method)
        let request = try #require(await stage.far.receive(method.rawValue))
        #expect(request.body == TrunkDialog.sdp(port: 7000))
        let answer = TrunkDialog.sdp(port: 6010)
        stage.far.reply("200 OK", to: request, sdp: answer)
        if method == .invite { #expect(await stage.far.receive("ACK")?.sequence == request.sequence) }
        #expect(try await stage.office.wait { $0 == .reofferAnswered(Self.leg, sdp: answer) })
        try await stage.end()
    }

    @Test func arefusedOfferLeavesTheCallAsItWas() async throws {
        let stage = try await Stage.called()
        stage.reoffer()
        let request = try #require(await stage.far.receive("INVITE"))
        stage.far.reply("488 Not Acceptable Here", to: request)
        #expect(try await stage.office.wait { $0 == .reofferRefused(Self.leg, status: 488) })
        try await stage.end()
    }

    /// RFC 3261 §12.2.1.2: the far side knows no such dialog.
    @Test(arguments: ["481 Gone", "408 Request Timeout"]) func aDialogThatIsGoneIsLost(_ status: String) async throws {
        let stage = try await Stage.called()
        stage.reoffer()
        let request = try #require(await stage.far.receive("INVITE"))
        stage.far.reply(status, to: request)
        #expect(try await stage.office.wait { $0 == .lost(Self.leg) })
        if let bye = await stage.far.receive("BYE", seconds: 1) { stage.far.reply("200 OK", to: bye) }
        try await stage.isOver()
    }

    /// The far side's 491: ours goes again in the owner's band, or in the other one.
    @Test(arguments: [true, false]) func a491GoesAgainInItsBand(_ isOurs: Bool) async throws {
        let stage = try await isOurs ? Stage.called() : Stage.calls()
        stage.reoffer()
        let first = try #require(await stage.far.receive("INVITE"))
        stage.far.reply("491 Request Pending", to: first)
        #expect(await stage.far.receive("ACK") != nil)
        let refused = ContinuousClock.now
        let second = try #require(await stage.far.receive("INVITE"))
        let waited = ContinuousClock.now - refused
        #expect(isOurs ? waited > .milliseconds(2_000) : waited < .milliseconds(3_000))
        #expect(second.body == first.body && second.sequence == first.sequence.map { $0 + 1 })
        stage.far.reply("200 OK", to: second, sdp: TrunkDialog.sdp(port: 6010))
        #expect(await stage.far.receive("ACK") != nil)
        #expect(try await stage.office.wait { if case .reofferAnswered = $0 { true } else { false } })
        try await stage.end()
    }

    // MARK: Theirs

    /// Both offer at once: theirs is refused 491, ours, refused by them, goes again.
    @Test(arguments: [OfferMethod.invite, .update]) func anOfferThatCrossesOursIsRefused(_ method: OfferMethod)
        async throws
    {
        let stage = try await Stage.called()
        stage.reoffer()
        let ours = try #require(await stage.far.receive("INVITE"))
        stage.far.send(method.rawValue, sdp: TrunkDialog.sdp(port: 6020))
        #expect(await stage.far.receive("SIP/2.0 491") != nil)
        if method == .invite { stage.far.send("ACK") }
        stage.far.reply("491 Request Pending", to: ours)
        let again = try #require(await stage.far.receive("INVITE"))
        stage.far.reply("200 OK", to: again, sdp: TrunkDialog.sdp(port: 6010))
        #expect(await stage.far.receive("ACK") != nil)
        #expect(!stage.office.events.contains { if case .reoffered = $0 { true } else { false } })
        try await stage.end()
    }

    /// An offer of ours waits until theirs is over.
    @Test func ourOfferWaitsForTheACKOfTheirs() async throws {
        let stage = try await Stage.called()
        stage.far.send("INVITE", sdp: TrunkDialog.sdp(port: 6020))
        #expect(await stage.far.receive("SIP/2.0 200") != nil)
        stage.reoffer()
        #expect(await stage.far.receive("INVITE", seconds: 1) == nil)
        stage.far.send("ACK")
        let ours = try #require(await stage.far.receive("INVITE"))
        stage.far.reply("200 OK", to: ours, sdp: TrunkDialog.sdp(port: 6010))
        #expect(await stage.far.receive("ACK") != nil)
        try await stage.end()
    }

    /// RFC 3311 §5.2: the caller's INVITE is not answered yet; the target has not answered ours.
    @Test func anUpdateBeforeTheAnswerIsRefused() async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.provisional(Self.leg, status: 180)
        }
        let peer = try SIPPeer()
        let caller = TrunkDialog(calling: "23", from: peer, office: office.port)
        #expect(await caller.receive("SIP/2.0 180") != nil)
        caller.send("UPDATE", sdp: TrunkDialog.sdp(port: 6020))
        let overlap = try #require(await caller.receive("SIP/2.0 500"))
        #expect((0...10).contains(overlap.retryAfter ?? -1))
        caller.send("CANCEL")
        #expect(await caller.receive("SIP/2.0 487") != nil)
        office.stop()

        let called = try await Stage.calling(SIPOffice())
        called.far.reply("183 Session Progress", sdp: TrunkDialog.sdp(port: 6000))
        called.far.send("UPDATE", sdp: TrunkDialog.sdp(port: 6020))
        #expect(await called.far.receive("SIP/2.0 491") != nil)
        called.far.reply("486 Busy Here")
        #expect(await called.far.receive("ACK") != nil)
        try await called.isOver()
    }

    /// A re-INVITE before the ACK to our 200 (RFC 3261 §14.2).
    @Test func aSecondInviteOverlapsTheFirst() async throws {
        let stage = try await Stage.called()
        stage.far.send("INVITE", sdp: TrunkDialog.sdp(port: 6020))
        #expect(await stage.far.receive("SIP/2.0 200") != nil)
        stage.far.send("INVITE", sdp: TrunkDialog.sdp(port: 6022))
        let overlap = try #require(await stage.far.receive("SIP/2.0 500"))
        #expect((0...10).contains(overlap.retryAfter ?? -1))
        stage.far.send("ACK")
        try await stage.end()
    }

    // MARK: Challenges

    /// 401 and 407 to a re-INVITE and to a BYE are answered; the password stands in no message.
    @Test(arguments: ["401 Unauthorized", "407 Proxy Authentication Required"])
    func aChallengeInTheCallIsAnswered(_ status: String) async throws {
        let header = status.hasPrefix("401") ? "WWW-Authenticate" : "Proxy-Authenticate"
        let reply = status.hasPrefix("401") ? "Authorization" : "Proxy-Authorization"
        let challenge = "\(header): Digest realm=\"pbx\", nonce=\"0123\", algorithm=MD5\r\n"
        let stage = try await Stage.called(credentials: SIPCredentials(user: "rufbus", password: "secret"))
        stage.reoffer()
        let bare = try #require(await stage.far.receive("INVITE"))
        stage.far.reply(status, to: bare, more: challenge)
        #expect(await stage.far.receive("ACK") != nil)
        let signed = try #require(await stage.far.receive("INVITE"))
        let digest = try #require(signed.line(reply))
        #expect(digest.contains("username=\"rufbus\"") && digest.contains("realm=\"pbx\""))
        stage.far.reply("200 OK", to: signed, sdp: TrunkDialog.sdp(port: 6010))
        #expect(await stage.far.receive("ACK") != nil)
        #expect(try await stage.office.wait { if case .reofferAnswered = $0 { true } else { false } })
        stage.office.stack.post { [stack = stage.office.stack] in stack.bye(Self.leg) }
        let bye = try #require(await stage.far.receive("BYE"))
        stage.far.reply(status, to: bye, more: challenge.replacing("0123", with: "4567"))
        let again = try #require(await stage.far.receive("BYE"))
        #expect(again.line(reply)?.contains("nonce=\"4567\"") == true)
        stage.far.reply("200 OK", to: again)
        #expect(try await stage.office.wait { $0 == .released(Self.leg) })
        try await stage.isOver()
    }

    /// Without credentials, or with wrong ones, the offer is refused and the BYE is the end.
    @Test func aChallengeThatCannotBeAnsweredIsARefusal() async throws {
        let challenge = "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"0123\"\r\n"
        let stage = try await Stage.called()
        stage.reoffer()
        let bare = try #require(await stage.far.receive("INVITE"))
        stage.far.reply("401 Unauthorized", to: bare, more: challenge)
        #expect(try await stage.office.wait { $0 == .reofferRefused(Self.leg, status: 401) })
        stage.office.stack.post { [stack = stage.office.stack] in stack.bye(Self.leg) }
        let bye = try #require(await stage.far.receive("BYE"))
        stage.far.reply("401 Unauthorized", to: bye, more: challenge)
        #expect(try await stage.office.wait { $0 == .released(Self.leg) })
        try await stage.isOver()
    }
}
