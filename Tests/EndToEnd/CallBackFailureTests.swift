import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// A call-back that does not come to a talk says why, in words, and leaves nothing behind.
    @Suite struct CallBackFailures {
        @Test(arguments: [(486, EndReason.deviceBusy, EndedBy.user), (603, .deviceDeclined, .user)])
        func theDeviceRefuses(_ status: Int, _ reason: EndReason, _ by: EndedBy) async throws {
            let office = try await Run.office()
            try await office.refusing(status, as: Office.mobile) {
                let call = try await office.anna.call(CallBack.number).call
                let entry = try await office.expectOver(
                    call, office.anna, Expected(reason: reason, endedBy: by, ladder: [.device: Course.refused(status)]))
                #expect(entry.legs.first?.status == status)
            }
        }

        @Test func theDeviceIsNotAnswered() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile(.byHand)
            let call = try await office.anna.call(CallBack.number).call
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .deviceNoAnswer, endedBy: .system, ladder: [.device: Course.cancelled]))
            try await mobile.wait(for: "CALL_CLOSED")
            await mobile.stop()
        }

        @Test func theDeviceIsUnreachable() async throws {
            let office = try await Run.office()
            let call = try await office.anna.call(CallBack.number).call
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .deviceUnreachable, endedBy: .system, ladder: [.device: Course.unreachable]))
        }

        /// The device hears the tone that fits, for three seconds, and is released.
        @Test(arguments: [
            (486, EndReason.partyBusy, EndedBy.party), (603, .partyDeclined, .party), (480, .partyNoAnswer, .system),
        ])
        func theTargetRefuses(_ status: Int, _ reason: EndReason, _ by: EndedBy) async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile()
            try await office.refusing(status, as: Office.customer) {
                let call = try await office.anna.call(CallBack.number).call
                try await office.expectOver(
                    call, office.anna,
                    Expected(
                        reason: reason, endedBy: by,
                        ladder: [.device: Course.called + Course.weEnd, .party: Course.refused(status)]))
            }
            try await expectTone(mobile, .busy)
            await mobile.stop()
        }

        @Test func theTargetDoesNotExist() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile()
            let call = try await office.anna.call("089 555555").call
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .wrongNumber, endedBy: .system, party: "+4989555555",
                    ladder: [.device: Course.called + Course.weEnd, .party: Course.unreachable]))
            try await expectTone(mobile, .congestion)
            await mobile.stop()
        }

        /// The phone that answered at once is gone again before anybody pressed the key: the target never rings.
        @Test func theDeviceHangsUpInsteadOfPressingOne() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile(.after(.milliseconds(200)))
            let call = try await office.anna.call(CallBack.number).call
            try await office.ledger.wait(call, .guarding)
            try await Task.sleep(for: .seconds(1))
            try mobile.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .cancelled, endedBy: .user, ladder: [.device: Course.called + Course.theyEnd]))
            await mobile.stop()
        }

        @Test func emergencyNumbersAreNotDialled() async throws {
            let office = try await Run.office()
            let refused = await #expect(throws: APIClient.Refused.self) { try await office.anna.call("112") }
            #expect(refused?.status == 403)
        }
    }
}
