import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// A further call while the user talks never rings the device that he talks on.
    @Suite struct BusyUser {
        @Test func itGoesToTheFallback() async throws {
            let office = try await Run.office()
            let (mobile, customer, call) = try await office.talk()
            let desk = try await office.desk()
            let caller = try await office.phone("second", Office.secondCustomer, hertz: Pitch.party)
            let mark = office.ledger.mark
            try caller.dial(FollowMe.annasNumber)
            let further = try await office.ledger.newCall(since: mark)
            try await caller.wait(for: "CALL_ESTABLISHED")
            try await Task.sleep(for: .seconds(1))
            #expect(try await office.anna.call(call).phase == .talking)
            try caller.hangUp()
            try await office.ledger.wait(further, .ended)
            try customer.hangUp()
            let ladder = [LegRole.fallback: Course.called + Course.weEnd, .party: Course.came + Course.theyEnd]
            try await office.expectOver(
                further, office.anna,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, party: "+" + Office.secondCustomer,
                    talked: true, ladder: ladder))
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: CallBack.endedByTarget))
            try await expectHeard(desk, [Pitch.party])
            try await expectHeard(caller, [Pitch.user])
            #expect(mobile.events.filter { $0.type == "CALL_INCOMING" }.count == 1)
            await [mobile, customer, desk, caller].stop()
        }

        @Test func withoutFallbackItIsRefused() async throws {
            let office = try await Run.office()
            let mobile = try await office.phone(
                "carl", Office.carlsMobile, hertz: Pitch.user, .after(.seconds(2.5)))
            let customer = try await office.customer()
            let call = try await office.carl.call(CallBack.number).call
            try await office.carl.wait(call, [.talking])
            let caller = try await office.phone("second", Office.secondCustomer, hertz: Pitch.party)
            let mark = office.ledger.mark
            try caller.dial(FollowMe.carlsNumber)
            let further = try await office.ledger.newCall(since: mark)
            let closed = try await caller.wait(for: "CALL_CLOSED")
            let status = try #require(Int(closed.parameter.prefix(3)))
            #expect([480, 486].contains(status))
            try customer.hangUp()
            try await office.expectOver(
                further, office.carl,
                Expected(
                    reason: .deviceBusy, endedBy: .user, direction: .incoming, party: "+" + Office.secondCustomer,
                    ladder: [.party: Course.turnedAwayAtOnce(status)]))
            try await office.expectOver(
                call, office.carl,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: CallBack.endedByTarget))
            await [mobile, customer, caller].stop()
        }
    }
}
