import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// Calls to Emil, whose plans ring his office phone and his mobile.
    @Suite struct RingPlans {
        static let number = "+498984098727"

        /// Office phone and mobile ring; the one that answers wins, the other is cancelled as taken elsewhere.
        @Test func allRingAtOnceAndTheLosersAreCancelled() async throws {
            let office = try await Run.office()
            try await office.emil.use(plan: "everywhere")
            let (desk, mobile) = (try await office.emilsDesk(), try await office.emilsMobile(.byHand))
            let customer = try await office.customer()
            let call = try await talk(office, customer, closing: mobile)
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [.party: Course.came + Course.theyEnd],
                    devices: ["office": Course.called + Course.weEnd, "mobile": Course.cancelled]))
            try await expectHeard(desk, [Pitch.party], never: [Pitch.user])
            try await expectHeard(customer, [Pitch.user], never: [Pitch.party])
            #expect(mobile.trace.contains("Call completed elsewhere"))
            await [desk, mobile, customer].stop()
        }

        /// The office phone is not answered in its time: it is cancelled, then the mobile rings.
        @Test func oneRingsAfterTheOther() async throws {
            let office = try await Run.office()
            try await office.emil.use(plan: "in-a-row")
            let desk = try await office.emilsDesk(.byHand)
            let (mobile, customer) = (try await office.emilsMobile(), try await office.customer())
            let pressing = Task {
                try await mobile.wait(for: "CALL_ESTABLISHED")
                try await Task.sleep(for: .seconds(1))
                try mobile.press("1")
            }
            let call = try await talk(office, customer, closing: desk)
            try await pressing.value
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [.party: Course.came + Course.theyEnd],
                    devices: ["office": Course.cancelled, "mobile": Course.called + Course.weEnd]))
            try await expectHeard(mobile, [Pitch.party], never: [Pitch.user])
            try await expectHeard(customer, [Pitch.user], never: [Pitch.party])
            await [desk, mobile, customer].stop()
        }

        /// The mobile's box takes the call at once, and presses no key: the office phone rings on and is answered.
        @Test func aMailboxAtOneDeviceEndsNoOther() async throws {
            let office = try await Run.office()
            try await office.emil.use(plan: "everywhere")
            let (desk, mobile) = (
                try await office.emilsDesk(.after(.seconds(14))),
                try await office.emilsMobile(.after(.milliseconds(100)))
            )
            let customer = try await office.customer()
            let call = try await talk(office, customer, closing: mobile)
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [.party: Course.came + Course.theyEnd],
                    devices: [
                        "office": Course.called + Course.weEnd, "mobile": Course.called + Course.weEnd,
                    ]))
            try await expectHeard(customer, [Pitch.user], never: [Pitch.party])
            await [desk, mobile, customer].stop()
        }

        @Test func aPhoneThatRefusesEndsNoOther() async throws {
            let office = try await Run.office()
            try await office.emil.use(plan: "everywhere")
            let (desk, customer) = (try await office.emilsDesk(.after(.seconds(2))), try await office.customer())
            try await office.refusing(486, as: Office.emilsMobile) {
                let call = try await talk(office, customer, closing: nil)
                try await office.expectOver(
                    call, office.emil,
                    Expected(
                        reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                        ladder: [.party: Course.came + Course.theyEnd],
                        devices: ["office": Course.called + Course.weEnd, "mobile": Course.refused(486)]))
            }
            await [desk, customer].stop()
        }

        /// The customer calls Emil, both talk for two seconds, the customer hangs up.
        private func talk(
            _ office: Office, _ customer: BaresipPhone, closing loser: BaresipPhone?
        ) async throws -> CallID {
            let mark = office.ledger.mark
            try customer.dial(Self.number)
            let call = try await office.ledger.newCall(since: mark)
            try await customer.wait(for: "CALL_ESTABLISHED", limit: .seconds(25))
            try await loser?.wait(for: "CALL_CLOSED")
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            return call
        }
    }
}
