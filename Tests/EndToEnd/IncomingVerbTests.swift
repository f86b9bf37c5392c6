import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// What the user does at his desk with a call that rings, and what others do.
    @Suite struct IncomingVerbs {
        /// All phones stop; Emil's fallback is a colleague's phone.
        @Test func aDeclinedCallGoesToTheFallback() async throws {
            let office = try await Run.office()
            try await office.emil.use(plan: "everywhere")
            let (desk, mobile) = (try await office.emilsDesk(.byHand), try await office.emilsMobile(.byHand))
            let colleague = try await office.phone("colleague", "29", hertz: Pitch.user, .after(.milliseconds(500)))
            let (customer, call) = try await ring(office, [desk, mobile])
            try await office.emil.decline(call)
            try await customer.wait(for: "CALL_ESTABLISHED")
            try await mobile.wait(for: "CALL_CLOSED")
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [
                        .party: Course.came + Course.theyEnd, .fallback: Course.called + Course.weEnd,
                    ], devices: ["office": Course.cancelled, "mobile": Course.cancelled]))
            try await expectHeard(colleague, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
            await [desk, mobile, colleague, customer].stop()
        }

        @Test func aDeflectedCallRingsTheOtherDevice() async throws {
            let office = try await Run.office()
            try await office.emil.use("mobile")
            let (desk, mobile) = (try await office.emilsDesk(), try await office.emilsMobile(.byHand))
            let (customer, call) = try await ring(office, [mobile])
            try await office.emil.deflect(call, toDevice: "office")
            try await customer.wait(for: "CALL_ESTABLISHED")
            try await mobile.wait(for: "CALL_CLOSED")
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [.party: Course.came + Course.theyEnd],
                    devices: ["office": Course.called + Course.weEnd, "mobile": Course.cancelled]))
            try await expectHeard(desk, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
            await [desk, mobile, customer].stop()
        }

        @Test func aCallDeflectedToANumberTalksThere() async throws {
            let office = try await Run.office()
            try await office.emil.use("mobile")
            let mobile = try await office.emilsMobile(.byHand)
            let colleague = try await office.phone("colleague", "29", hertz: Pitch.user, .after(.milliseconds(500)))
            let (customer, call) = try await ring(office, [mobile])
            try await office.emil.deflect(call, to: Office.colleague)
            try await customer.wait(for: "CALL_ESTABLISHED")
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [
                        .party: Course.came + Course.theyEnd, .fallback: Course.called + Course.weEnd,
                    ], devices: ["mobile": Course.cancelled]))
            try await expectHeard(colleague, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
            await [mobile, colleague, customer].stop()
        }

        /// Each is refused with a sentence, and the call goes on.
        @Test func aCallThatTalksIsNeitherDeclinedNorDeflected() async throws {
            let office = try await Run.office()
            try await office.emil.use("office")
            let (desk, customer) = (try await office.emilsDesk(), try await office.customer())
            let mark = office.ledger.mark
            try customer.dial(RingPlans.number)
            let call = try await office.ledger.newCall(since: mark)
            try await customer.wait(for: "CALL_ESTABLISHED")
            for verb in [
                { try await office.emil.decline(call) }, { try await office.emil.deflect(call, to: Office.colleague) },
            ] {
                let refused = await #expect(throws: APIClient.Refused.self) { try await verb() }
                #expect(refused?.status == 409 && refused?.code == "already-answered")
            }
            #expect(try await office.emil.call(call).allowedVerbs == [.clearConnection])
            try customer.hangUp()
            try await office.ledger.wait(call, .ended)
            try await desk.wait(for: "CALL_CLOSED")
            await [desk, customer].stop()
        }

        /// The PBX lets several phones ring and takes our leg away since another one answered: not missed.
        @Test func aCallTakenElsewhereIsNotMissed() async throws {
            let office = try await Run.office()
            try await office.emil.use("office")
            let desk = try await office.emilsDesk(.byHand)
            let mark = office.ledger.mark
            let caller = try office.caller("taken-elsewhere", Scenario.takenElsewhere(RingPlans.number))
            let call = try await office.ledger.newCall(since: mark)
            try await desk.wait(for: "CALL_CLOSED")
            try await caller.finish(limit: .seconds(10))
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .takenElsewhere, endedBy: .system, direction: .incoming,
                    ladder: [.party: Course.gaveUp], devices: ["office": Course.cancelled]))
            await desk.stop()
        }

        /// Came through the group 28: rings Emil, and ends with 480 without his fallback, so that the PBX goes on.
        @Test func aGroupCallUsesNoFallback() async throws {
            let office = try await Run.office()
            try await office.emil.use("office")
            let desk = try await office.emilsDesk(.byHand)
            let mark = office.ledger.mark
            let caller = try office.caller("group", Scenario.group(RingPlans.number, of: "28"))
            let call = try await office.ledger.newCall(since: mark)
            try await desk.wait(for: "CALL_INCOMING")
            try await caller.finish(limit: .seconds(20))
            try await office.expectOver(
                call, office.emil,
                Expected(
                    reason: .deviceNoAnswer, endedBy: .system, direction: .incoming,
                    ladder: [.party: Course.turnedAway(480)], devices: ["office": Course.cancelled]))
            await desk.stop()
        }

        /// The customer calls Emil; these phones ring.
        private func ring(_ office: Office, _ phones: [BaresipPhone]) async throws -> (BaresipPhone, CallID) {
            let customer = try await office.customer()
            let mark = office.ledger.mark
            try customer.dial(RingPlans.number)
            let call = try await office.ledger.newCall(since: mark)
            for phone in phones { try await phone.wait(for: "CALL_INCOMING") }
            try await customer.wait(for: "CALL_RINGING")
            return (customer, call)
        }
    }
}
