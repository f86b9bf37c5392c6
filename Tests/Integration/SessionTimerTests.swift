import Testing

@testable import SIPStack

/// Session timers (RFC 4028) as a table: what a request asks for, what our 2xx says.
@Suite struct SessionTimerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String, expires: String?, isSupported: Bool, isRequired: Bool
        let verdict: SessionTimer.Verdict
        init(
            _ testDescription: String, _ expires: String?, supported: Bool = true, required: Bool = false,
            _ verdict: SessionTimer.Verdict
        ) {
            (self.testDescription, self.expires, self.verdict) = (testDescription, expires, verdict)
            (isSupported, isRequired) = (supported, required)
        }
    }

    static func agreed(_ seconds: Int, ours: Bool) -> SessionTimer.Verdict {
        .agreed(
            SessionTimer(seconds: seconds, isOurs: ours),
            SessionExpires(seconds: seconds, refresher: ours ? .uas : .uac))
    }

    @Test(arguments: [
        Row("nothing asked", nil, .none), Row("a proxy put it in", "1800", supported: false, .none),
        Row("no refresher named: he it is", "1800", agreed(1_800, ours: false)),
        Row("he offers to", "1800;refresher=uac", agreed(1_800, ours: false)),
        Row("we are to, and he can do without", "1800;refresher=uas", .none),
        Row("we are to, and he insists", "1800;refresher=uas", required: true, agreed(1_800, ours: true)),
        Row("he insists", "90 ; Refresher=UAC", supported: false, required: true, agreed(90, ours: false)),
        Row("too short, and he can do without", "89", .none), Row("too short", "89", required: true, .tooShort),
        Row("no number", "soon", required: true, .none),
    ]) func our2xxSays(_ row: Row) {
        let wish = SessionTimer.Wish(
            expires: row.expires.flatMap { SessionExpires($0) }, isSupported: row.isSupported,
            isRequired: row.isRequired)
        #expect(SessionTimer.answer(to: wish) == row.verdict)
    }

    /// RFC 4028 §10: half of the interval, or its end less 32 s or a third of it.
    @Test(arguments: [(1_800, true, 900_000), (90, true, 45_000), (1_800, false, 1_768_000), (90, false, 60_000)])
    func somethingIsDue(_ seconds: Int, _ isOurs: Bool, _ milliseconds: Int) {
        #expect(SessionTimer(seconds: seconds, isOurs: isOurs).dueMilliseconds == milliseconds)
    }

    @Test func a2xxSettlesWhoRefreshes() {
        #expect(SessionTimer.settled(by: nil) == nil)
        for (text, isOurs) in [("120", true), ("120;refresher=uac", true), ("120;refresher=uas", false)] {
            let expires = SessionExpires(text)
            #expect(SessionTimer.settled(by: expires) == SessionTimer(seconds: 120, isOurs: isOurs))
        }
    }
}
