import Foundation
import SIPStack
import TelephonyModel
import Testing

/// A call that stands between an office and a peer that says what it is told.
struct SIPDialogStage {
    static let leg = SIPStackTests.leg
    let office: SIPOffice, peer: SIPPeer, far: TrunkDialog

    /// The office calls; the peer's 200 says `answer` beside SDP.
    static func called(
        timer sessionSeconds: Int? = nil, optionsSeconds: Int = 0, answer: String = "",
        credentials: SIPCredentials? = nil,
        react: @escaping SIPOffice.Reaction = { _, _ in }
    ) async throws -> SIPDialogStage {
        let office = try SIPOffice(optionsSeconds: optionsSeconds) { event, stack in
            if case .answered(let leg, _, _) = event { stack.acknowledge(leg) }
            if case .reoffered(let leg, _) = event { stack.answerOffer(leg, sdp: SIPStackTests.offer) }
            react(event, stack)
        }
        let stage = try await calling(office, timer: sessionSeconds, credentials: credentials)
        stage.far.reply("200 OK", sdp: TrunkDialog.sdp(port: 6000), more: answer)
        #expect(await stage.far.receive("ACK") != nil)
        return stage
    }

    /// The office calls and the peer has not answered.
    static func calling(
        _ office: SIPOffice, timer sessionSeconds: Int? = nil, credentials: SIPCredentials? = nil
    ) async throws -> SIPDialogStage {
        let peer = try SIPPeer()
        var invitation = SIPStackTests.invitation(to: peer.port)
        (invitation.sessionSeconds, invitation.credentials) = (sessionSeconds, credentials)
        office.stack.post { [stack = office.stack, invitation] in stack.invite(leg, invitation) }
        let far = try #require(await TrunkDialog(calledAt: peer, office: office.port))
        return SIPDialogStage(office: office, peer: peer, far: far)
    }

    /// The peer calls and is answered; its INVITE says `more`.
    static func calls(
        more: String = "", optionsSeconds: Int = 0, react: @escaping SIPOffice.Reaction = { _, _ in }
    ) async throws -> SIPDialogStage {
        let office = try SIPOffice(
            optionsSeconds: optionsSeconds,
            react: SIPStackTests.answering { event, stack in
                if case .reoffered(let leg, _) = event { stack.answerOffer(leg, sdp: SIPStackTests.offer) }
                react(event, stack)
            })
        let peer = try SIPPeer()
        let far = TrunkDialog(calling: "+498984098723", from: peer, office: office.port, more: more)
        #expect(await far.receive("SIP/2.0 200") != nil)
        far.send("ACK")
        #expect(try await office.wait { $0 == .confirmed(leg, sdp: nil) })
        return SIPDialogStage(office: office, peer: peer, far: far)
    }

    func reoffer(_ sdp: String = TrunkDialog.sdp(port: 7000), by method: OfferMethod = .invite) {
        office.stack.post { [stack = office.stack] in stack.reoffer(Self.leg, sdp: sdp, by: method) }
    }

    /// The peer hangs up; nothing is left.
    func end() async throws {
        far.send("BYE")
        #expect(await far.receive("SIP/2.0 200") != nil)
        try await isOver()
    }

    func isOver() async throws {
        #expect(try await office.wait { office.stack.counters.records == 0 })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }
}

extension SIPText {
    /// Seconds of Retry-After, whose comment is left out.
    var retryAfter: Int? { line("Retry-After").flatMap { Int($0.prefix { $0.isNumber }) } }

    /// Number in CSeq.
    var sequence: Int? { line("CSeq").flatMap { Int($0.prefix { $0 != " " }) } }
}
