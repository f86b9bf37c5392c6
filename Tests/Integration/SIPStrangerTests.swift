import Foundation
import SIPStack
import TelephonyModel
import Testing

/// Who knows all of a dialog and is not its far side: refused, counted, and the call talks on.
@Suite(.serialized) struct SIPStrangerTests {
    typealias Stage = SIPDialogStage
    static let leg = Stage.leg

    @Test(arguments: ["INVITE", "UPDATE", "BYE", "OPTIONS"], [true, false])
    func aStrangersRequestIsRefused(_ method: String, _ calling: Bool) async throws {
        let stage = try await calling ? Stage.called() : Stage.calls()
        let stranger = try SIPPeer(at: "127.0.0.2", port: stage.peer.port)
        let sdp = ["INVITE", "UPDATE"].contains(method) ? TrunkDialog.sdp(port: 6020) : nil
        let before = stage.office.events
        stage.far.send(method, sdp: sdp, through: stranger)
        // Answers go to the address that the request came from, at the port that its Via says (RFC 3261 §18.2.2).
        let answer = await stranger.receive("SIP/2.0")
        #expect(answer?.hasPrefix("SIP/2.0 481 ") == true)
        #expect(stage.office.events == before)
        #expect(stage.office.stack.counters.strangers == 1)
        try await stage.end()
    }

    @Test func aStrangersCancelIsRefused() async throws {
        let office = try SIPOffice { event, stack in
            guard case .invited(let arrival) = event else { return }
            stack.adopt(arrival.id, as: Self.leg)
            stack.provisional(Self.leg, status: 180)
        }
        let peer = try SIPPeer()
        let stranger = try SIPPeer(at: "127.0.0.2", port: peer.port)
        let caller = TrunkDialog(calling: "23", from: peer, office: office.port)
        #expect(await caller.receive("SIP/2.0 180") != nil)
        caller.send("CANCEL", through: stranger)
        #expect(await stranger.receive("SIP/2.0")?.hasPrefix("SIP/2.0 481 ") == true)
        #expect(!office.events.contains { if case .cancelled = $0 { true } else { false } })
        caller.send("CANCEL")
        #expect(await caller.receive("SIP/2.0 487") != nil)
        office.stop()
        #expect(office.stack.counters.strangers == 1)
    }

    /// Another address of the same trunk may speak for it.
    @Test func anAddressOfTheTrunksIsTaken() async throws {
        let stage = try await Stage.called()
        stage.office.stack.post { [stack = stage.office.stack] in
            stack.isTrusted = { leg, address in leg == Self.leg && address == "127.0.0.2" }
        }
        let sibling = try SIPPeer(at: "127.0.0.2", port: stage.peer.port)
        stage.far.send("UPDATE", sdp: TrunkDialog.sdp(port: 6020), through: sibling)
        #expect(await sibling.receive("SIP/2.0")?.hasPrefix("SIP/2.0 200 ") == true)
        #expect(stage.office.stack.counters.strangers == 0)
        try await stage.end()
    }

    /// REFER in a call is not served, whoever sends it; nor is an INVITE with Replaces (RFC 3891 §3).
    @Test func callsAreNotTakenOver() async throws {
        let stage = try await Stage.called()
        stage.far.send("REFER", more: "Refer-To: <sip:+4930999@127.0.0.1>\r\n")
        #expect(await stage.far.receive("SIP/2.0")?.text.hasPrefix("SIP/2.0 405 ") == true)
        #expect(stage.office.stack.counters.notServed == 1)
        let thief = try SIPPeer()
        let invite = stage.far.invite
        let tags = ";to-tag=x;from-tag=\(invite.line("From")?.components(separatedBy: ";tag=").last ?? "")"
        let theft = TrunkDialog(
            calling: "23", from: thief, office: stage.office.port,
            more: "Replaces: \(invite.line("Call-ID") ?? "")\(tags)\r\n")
        #expect(await theft.receive("SIP/2.0 4")?.text.hasPrefix("SIP/2.0 481 ") == true)
        #expect(stage.office.stack.counters.strangers == 1)
        try await stage.end()
    }
}
