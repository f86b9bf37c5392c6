import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// The user's device rings, then the target, under the office number.
    @Suite struct CallBack {
        static let number = "089 12345678"
        static let endedByTarget: [LegRole: [String]] = [
            .device: Course.called + Course.weEnd, .party: Course.called + Course.theyEnd,
        ]

        @Test func bothHearEachOtherAndTheTargetHangsUp() async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(), try await office.customer())
            let call = try await office.anna.call(Self.number).call
            try await office.anna.wait(call, [.talking])
            #expect(try await office.anna.status(of: "anna").phone == .onThePhone)
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: Self.endedByTarget))
            // The target rings for a second: the device hears ringback of ours meanwhile.
            try await expectHeard(mobile, [Pitch.party, Pitch.progress], never: [Pitch.user])
            try await expectHeard(customer, [Pitch.user], never: [Pitch.party, Pitch.progress])
            #expect(office.ledger.story(call) == ["started", "ringing", "dialing", "alerting", "answered", "ended"])
            await [mobile, customer].stop()
        }

        @Test func bothSeeTheOfficeNumberAndNoOther() async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(), try await office.customer())
            let call = try await office.anna.call(Self.number).call
            let atMobile = try await mobile.wait(for: "CALL_INCOMING")
            let atCustomer = try await customer.wait(for: "CALL_INCOMING")
            #expect(atMobile.peer.hasPrefix("sip:+498984098723@"))
            #expect(atCustomer.peer.hasPrefix("sip:+498984098723@"))
            try await office.anna.wait(call, [.talking])
            try await office.anna.hangUp(call)
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .user, talked: true,
                    ladder: [.device: Course.called + Course.weEnd, .party: Course.called + Course.weEnd]))
            await [mobile, customer].stop()
        }

        @Test func theUserHangsUpHisPhone() async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(), try await office.customer())
            let call = try await office.anna.call(Self.number).call
            try await office.anna.wait(call, [.talking])
            try mobile.hangUp()
            try await customer.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .user, talked: true,
                    ladder: [.device: Course.called + Course.theyEnd, .party: Course.called + Course.weEnd]))
            await [mobile, customer].stop()
        }

        @Test func theUserHangsUpWhileTheTargetRings() async throws {
            let office = try await Run.office()
            let (mobile, customer) = (try await office.mobile(), try await office.customer(.byHand))
            let call = try await office.anna.call(Self.number).call
            try await customer.wait(for: "CALL_INCOMING")
            try mobile.hangUp()
            try await customer.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .cancelled, endedBy: .user,
                    ladder: [.device: Course.called + Course.theyEnd, .party: Course.cancelled]))
            await [mobile, customer].stop()
        }

        @Test func theUserGivesUpAtTheDeskWhileHisPhoneRings() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile(.byHand)
            let call = try await office.anna.call(Self.number).call
            try await mobile.wait(for: "CALL_INCOMING")
            try await office.anna.hangUp(call)
            try await mobile.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna, Expected(reason: .cancelled, endedBy: .user, ladder: [.device: Course.cancelled]))
            await mobile.stop()
        }

        /// A phone that answers at once may be a mailbox.
        @Test func aQuickAnswerMustPressOne() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile(.after(.milliseconds(200)))
            let customer = try await office.customer()
            let call = try await office.anna.call(Self.number).call
            try await office.ledger.wait(call, .guarding)
            try await Task.sleep(for: .seconds(1))
            #expect(customer.mark == 0, "the target was called before the key")
            try mobile.press("1")
            try await office.anna.wait(call, [.talking])
            try await Task.sleep(for: .seconds(1))
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: Self.endedByTarget))
            try await expectHeard(mobile, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
            await [mobile, customer].stop()
        }

        @Test func aDeviceOfTheOfficeIsNotAskedForAKey() async throws {
            let office = try await Run.office()
            let (desk, customer) = (try await office.desk(), try await office.customer())
            let call = try await office.anna.call(Self.number, device: "office").call
            try await office.anna.wait(call, [.talking])
            try customer.hangUp()
            let entry = try await office.expectOver(
                call, office.anna,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: Self.endedByTarget))
            #expect(entry.device == DeviceID(unchecked: "office") && entry.deviceKind == .office)
            // An inside phone needs no outside line.
            #expect(entry.legs.first { $0.role == .device }?.lines == LineUse(sip: 1, outside: 0))
            #expect(entry.legs.first { $0.role == .party }?.lines == LineUse(sip: 1, outside: 1))
            await [desk, customer].stop()
        }

        @Test func aSecondCallIsRefusedAndTheSameWithinTwoSecondsIsTheFirst() async throws {
            let office = try await Run.office()
            let mobile = try await office.mobile(.byHand)
            let call = try await office.anna.call(Self.number).call
            #expect(try await office.anna.call("+49 89 12345678").call == call)
            let refused = await #expect(throws: APIClient.Refused.self) { try await office.anna.call("089 999999") }
            #expect(refused?.status == 409)
            #expect(refused?.detail.isEmpty == false)
            try await office.anna.hangUp(call)
            try await office.expectOver(
                call, office.anna, Expected(reason: .cancelled, endedBy: .user, ladder: [.device: Course.cancelled]))
            #expect(mobile.events.filter { $0.type == "CALL_INCOMING" }.count == 1)
            await mobile.stop()
        }
    }
}
