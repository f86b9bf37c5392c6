import Foundation
import SIPStack
import TelephonyModel
import Testing

/// What takes the stack half a minute or more to notice; the tests wait side by side.
@Suite struct SIPPatienceTests {
    static let leg = SIPStackTests.leg

    @Test func aCallerThatNeverAcknowledgesIsLost() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let sipp = try SIPp("caller-never-acknowledges", calling: office.port)
        let complaint = await sipp.complaint()
        #expect(complaint == nil)
        #expect(try await office.wait(seconds: 40) { $0 == .lost(Self.leg) })
        office.stop()
        #expect(office.stack.counters.handles == 0)
    }

    @Test func silenceIsAFailure408() async throws {
        let office = try SIPOffice()
        let silent = try SIPPeer()
        office.stack.post { [stack = office.stack] in
            stack.invite(Self.leg, SIPStackTests.invitation(to: silent.port))
        }
        #expect(
            try await office.wait(seconds: 40) {
                if case .failed(Self.leg, 408, _, nil, isLocal: true) = $0 { true } else { false }
            })
        office.stop()
        // The library's own 408 is no message.
        #expect(office.ladder(Self.leg) == ["> INVITE"])
        #expect(office.stack.counters.handles == 0)
    }

    /// Such an INVITE once took the process down 55 to 67 s later, when the library refreshed the session by itself.
    @Test func aSessionTimerWithAContactThatIsNotSIPHarmsNothing() async throws {
        let office = try SIPOffice(react: SIPStackTests.answering())
        let far = try SIPPeer()
        let extra = "Supported: timer\r\nSession-Expires: 120;refresher=uas\r\nMin-SE: 90\r\n"
        for (call, contact) in ["<tel:+4930123>", "<http://127.0.0.1/>", "*", ""].enumerated() {
            let invite = SIPRequest("INVITE", far, office, call: "bad\(call)", contact: contact, extra: extra)
            far.send(invite.text, to: office.port)
            let answer = await far.finalAnswer(to: "bad\(call)")
            #expect(answer?.hasPrefix("SIP/2.0 400 Contact must be sip: or sips:\r\n") == true)
        }
        // With a sound Contact the call stands, and no refresh of ours comes, either.
        let sound = SIPRequest("INVITE", far, office, call: "sound", extra: extra)
        far.send(sound.text, to: office.port)
        let answer = try #require(await far.receive("SIP/2.0 200"))
        #expect(!answer.contains("Session-Expires"))
        far.send(sound.following("ACK", 1, to: answer).text, to: office.port)
        #expect(await far.receive("INVITE", seconds: 70) == nil)
        far.send(sound.following("BYE", 2, to: answer).text, to: office.port)
        #expect(await far.receive("SIP/2.0 200") != nil)
        office.stop()
        #expect(office.stack.counters.badContact == 4)
        #expect(office.stack.counters.handles == 0)
    }
}
