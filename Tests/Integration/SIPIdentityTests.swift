import Foundation
import SIPStack
import TelephonyModel
import Testing

/// What an INVITE of ours says on the wire about whom it comes from.
extension SIPMessageTests {
    private static let all = SIPIdentity(
        from: .init("+4930123456", display: "A \"B\" \\ C\r\nX-Bad: 1"), asserted: .init("498984098723"),
        preferred: .init("08984098723", display: "Anna"),
        diversion: DivertedFrom(number: "00498984098723", reason: "no-answer", count: 2),
        history: .init(user: "+498984098723", target: "0004917;x=1", cause: 408), privacy: "id")

    /// RFC 3325 §9, RFC 5806 §4, RFC 7044 §5 with RFC 4458's cause, RFC 3323 §4.2; no text breaks out of its header.
    @Test func anIdentityHasAllItsHeaders() async throws {
        let invite = try await invitation(as: Self.all)
        let from = invite.line("From") ?? ""
        #expect(
            from.hasPrefix("\"A \\\"B\\\" \\\\ C  X-Bad: 1\" <sip:+4930123456@127.0.0.1;user=phone>;tag="), "\(from)")
        #expect(invite.lines("X-Bad").isEmpty)
        #expect(invite.lines("P-Asserted-Identity") == ["<sip:498984098723@127.0.0.1;user=phone>"])
        #expect(invite.lines("P-Preferred-Identity") == ["\"Anna\" <sip:08984098723@127.0.0.1;user=phone>"])
        #expect(
            invite.lines("Diversion") == ["<sip:00498984098723@127.0.0.1;user=phone>;reason=no-answer;counter=2"])
        #expect(
            invite.lines("History-Info") == [
                "<sip:+498984098723@127.0.0.1;user=phone>;index=1",
                "<sip:0004917%3Bx=1@127.0.0.1;user=phone;cause=408>;index=1.1;mp=1",
            ])
        #expect(invite.lines("Privacy") == ["id"])
    }

    @Test func anAnonymousCallShowsNobody() async throws {
        let invite = try await invitation(as: SIPIdentity(from: .init(nil, display: "Anonymous"), privacy: "id"))
        #expect(invite.line("From")?.hasPrefix("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=") == true)
        for header in ["P-Asserted-Identity", "P-Preferred-Identity", "Diversion", "History-Info"] {
            #expect(invite.lines(header).isEmpty)
        }
        #expect(invite.lines("Privacy") == ["id"])
    }

    private func invitation(as identity: SIPIdentity) async throws -> SIPText {
        let office = try SIPOffice()
        let far = try SIPPeer()
        var invitation = SIPStackTests.invitation(to: far.port)
        invitation.identity = identity
        office.stack.post { [stack = office.stack, invitation] in stack.invite(SIPStackTests.leg, invitation) }
        let text = try #require(await far.receive("INVITE "))
        office.stop()
        return SIPText(text)
    }
}
