import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// A call to the office number rings the active device.
    @Suite struct FollowMe {
        static let annasNumber = "+498984098723"
        static let carlsNumber = "+498984098725"
        static let dorasNumber = "+498984098726"

        @Test func withoutGuardBothHearEachOther() async throws {
            let office = try await Run.office()
            try await office.anna.use("office")
            let (desk, customer) = (try await office.desk(), try await office.customer())
            let mark = office.ledger.mark
            try customer.dial(Self.annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            try await customer.wait(for: "CALL_ESTABLISHED")
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [.device: Course.called + Course.weEnd, .party: Course.came + Course.theyEnd]))
            try await expectHeard(desk, [Pitch.party], never: [Pitch.user])
            try await expectHeard(customer, [Pitch.user], never: [Pitch.party])
            #expect(office.ledger.story(call) == ["started", "ringing", "answered", "ended"])
            await [desk, customer].stop()
        }

        /// The caller hears ringback until the key; the 200 comes only then.
        @Test func theKeyGuardJoinsAfterOne() async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(), try await office.customer())
            let mark = office.ledger.mark
            try customer.dial(Self.annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            try await office.ledger.wait(call, .guarding)
            try await Task.sleep(for: .seconds(1))
            #expect(!customer.events.contains { $0.type == "CALL_ESTABLISHED" }, "200 before the key")
            try mobile.press("1")
            try await customer.wait(for: "CALL_ESTABLISHED")
            try await Task.sleep(for: .seconds(2))
            try mobile.hangUp()
            try await customer.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .user, direction: .incoming, talked: true,
                    ladder: [.device: Course.called + Course.theyEnd, .party: Course.came + Course.weEnd]))
            try await expectHeard(mobile, [Pitch.party], never: [Pitch.user])
            try await expectHeard(customer, [Pitch.user])
            #expect(office.ledger.story(call) == ["started", "ringing", "guarding", "answered", "ended"])
            await [mobile, customer].stop()
        }

        @Test func theDeviceSeesTheOfficeNumber() async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(.byHand), try await office.customer())
            let mark = office.ledger.mark
            try customer.dial(Self.annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            let ringing = try await mobile.wait(for: "CALL_INCOMING")
            #expect(ringing.peer.hasPrefix("sip:\(Self.annasNumber)@"))
            try await customer.wait(for: "CALL_RINGING")
            try customer.hangUp()
            try await mobile.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .missed, endedBy: .party, direction: .incoming,
                    ladder: [.device: Course.cancelled, .party: Course.gaveUp]))
            await [mobile, customer].stop()
        }

        @Test(arguments: ["23", "+498984098723", "004989840987 23", "089840987-23"])
        func theOfficeNumberInEachForm(_ number: String) async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(.byHand), try await office.customer())
            let caller = number == "23" ? try await office.phone("ben", "24", hertz: Pitch.party) : customer
            let mark = office.ledger.mark
            try caller.dial(number.filter { $0 != " " && $0 != "-" })
            let call = try await office.ledger.newCall(since: mark)
            try await mobile.wait(for: "CALL_INCOMING")
            try await caller.wait(for: "CALL_RINGING")
            try caller.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .missed, endedBy: .party, direction: .incoming,
                    party: number == "23" ? "24" : "+" + Office.customer,
                    ladder: [.device: Course.cancelled, .party: Course.gaveUp]))
            await [mobile, customer, caller].stop()
        }
    }
}
