import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// A known user's caller always gets somewhere: the fallback, else 480.
    @Suite struct FollowMeFailures {
        private let annasNumber = FollowMe.annasNumber
        private let carlsNumber = FollowMe.carlsNumber

        @Test(arguments: [486, 603]) func aDeviceThatRefusesGivesTheFallback(_ status: Int) async throws {
            let office = try await Run.office()
            let (desk, customer) = (try await office.desk(), try await office.customer())
            try await office.refusing(status, as: Office.mobile) {
                try await expectFallback(office, desk, customer, device: Course.refused(status))
            }
            await [desk, customer].stop()
        }

        @Test func anUnreachableDeviceGivesTheFallback() async throws {
            let office = try await Run.office()
            let (desk, customer) = (try await office.desk(), try await office.customer())
            try await expectFallback(office, desk, customer, device: Course.unreachable)
            await [desk, customer].stop()
        }

        @Test func anUnansweredDeviceGivesTheFallback() async throws {
            let office = try await Run.office()
            let (mobile, desk) = (try await office.mobile(.byHand), try await office.desk())
            let customer = try await office.customer()
            try await expectFallback(office, desk, customer, device: Course.cancelled)
            try await mobile.wait(for: "CALL_CLOSED")
            await [mobile, desk, customer].stop()
        }

        /// Key 2 declines; so does a mailbox, which presses none.
        @Test func aDeclineAtTheGuardGivesTheFallback() async throws {
            let office = try await Run.office()
            let (mobile, desk) = (try await office.mobile(), try await office.desk())
            let customer = try await office.customer()
            let pressing = Task {
                try await mobile.wait(for: "CALL_ESTABLISHED")
                try await Task.sleep(for: .seconds(1))
                try mobile.press("2")
            }
            try await expectFallback(office, desk, customer, device: Course.called + Course.weEnd)
            try await pressing.value
            await [mobile, desk, customer].stop()
        }

        @Test func aMailboxThatPressesNoKeyGivesTheFallback() async throws {
            let office = try await Run.office()
            let (mobile, desk) = (try await office.mobile(.after(.milliseconds(100))), try await office.desk())
            let customer = try await office.customer()
            try await expectFallback(office, desk, customer, device: Course.called + Course.weEnd)
            try await mobile.wait(for: "CALL_CLOSED")
            await [mobile, desk, customer].stop()
        }

        @Test(arguments: [(486, EndReason.deviceBusy, EndedBy.user), (603, .deviceDeclined, .user)])
        func withoutFallbackTheCallerGets480(_ status: Int, _ reason: EndReason, _ by: EndedBy) async throws {
            let office = try await Run.office()
            let customer = try await office.customer()
            try await office.refusing(status, as: Office.carlsMobile) {
                let ladder = [LegRole.device: Course.refused(status), .party: Course.turnedAway(480)]
                try await expect480(office, customer, reason, by, ladder)
            }
            await customer.stop()
        }

        @Test func withoutFallbackAnUnreachableDeviceGives480() async throws {
            let office = try await Run.office()
            let customer = try await office.customer()
            let ladder = [LegRole.device: Course.unreachable, .party: Course.turnedAwayAtOnce(480)]
            try await expect480(office, customer, .deviceUnreachable, .system, ladder)
            await customer.stop()
        }

        /// The device hears busy and is released within two seconds.
        @Test func theCallerGivesUpDuringTheGuard() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile(.after(.milliseconds(200)))
            let customer = try await office.customer()
            let mark = office.ledger.mark
            try customer.dial(annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            try await office.ledger.wait(call, .guarding)
            try customer.hangUp()
            let begin = ContinuousClock.now
            try await mobile.wait(for: "CALL_CLOSED")
            #expect(ContinuousClock.now - begin < .seconds(3))
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .missed, endedBy: .party, direction: .incoming,
                    ladder: [.device: Course.called + Course.weEnd, .party: Course.gaveUp]))
            try await expectTone(mobile, .busy)
            await [mobile, customer].stop()
        }

        @Test func anUnknownNumberGives404() async throws {
            let office = try await Run.office()
            let customer = try await office.customer()
            let mark = office.ledger.mark
            try customer.dial("+498984098729")
            let closed = try await customer.wait(for: "CALL_CLOSED")
            #expect(closed.parameter.hasPrefix("404"))
            #expect(office.ledger.calls(since: mark).isEmpty)
            await customer.stop()
        }

        @Test func theCallerGivesUpWhileTheFallbackRings() async throws {
            let office = try await Run.office()
            let (desk, customer) = (try await office.desk(.byHand), try await office.customer())
            let mark = office.ledger.mark
            try customer.dial(annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            try await desk.wait(for: "CALL_INCOMING")
            try await customer.wait(for: "CALL_RINGING")
            try customer.hangUp()
            try await desk.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .missed, endedBy: .party, direction: .incoming,
                    ladder: [.device: Course.unreachable, .fallback: Course.cancelled, .party: Course.gaveUp]))
            await [desk, customer].stop()
        }

        /// The journal says what was with the device; the PBX gets 480 and takes its second route.
        @Test func aBusyFallbackGives480() async throws {
            let office = try await Run.office()
            let customer = try await office.customer()
            try await office.refusing(486, as: "23") {
                let mark = office.ledger.mark
                try customer.dial(annasNumber)
                let call = try await office.ledger.newCall(since: mark)
                let closed = try await customer.wait(for: "CALL_CLOSED")
                #expect(closed.parameter.hasPrefix("480"))
                let ladder = [
                    LegRole.device: Course.unreachable, .fallback: Course.refused(486), .party: Course.turnedAway(480),
                ]
                try await office.expectOver(
                    call, office.anna,
                    Expected(reason: .deviceUnreachable, endedBy: .system, direction: .incoming, ladder: ladder))
            }
            await customer.stop()
        }

        /// The office phone takes the call by its bypass address, and both hear each other.
        private func expectFallback(
            _ office: Office, _ desk: BaresipPhone, _ customer: BaresipPhone, device: [String]
        ) async throws {
            let mark = office.ledger.mark
            try customer.dial(annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            try await customer.wait(for: "CALL_ESTABLISHED", limit: .seconds(40))
            try await Task.sleep(for: .seconds(1))
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [
                        .device: device, .fallback: Course.called + Course.weEnd,
                        .party: Course.came + Course.theyEnd,
                    ]))
            try await expectHeard(desk, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
        }

        private func expect480(
            _ office: Office, _ customer: BaresipPhone, _ reason: EndReason, _ by: EndedBy,
            _ ladder: [LegRole: [String]]
        ) async throws {
            let mark = office.ledger.mark
            try customer.dial(carlsNumber)
            let call = try await office.ledger.newCall(since: mark)
            let closed = try await customer.wait(for: "CALL_CLOSED")
            #expect(closed.parameter.hasPrefix("480"))
            try await office.expectOver(
                call, office.carl, Expected(reason: reason, endedBy: by, direction: .incoming, ladder: ladder))
        }
    }
}
