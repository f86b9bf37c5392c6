import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// A call between two outside phones takes all lines that calls may use.
    @Suite struct NoLine {
        @Test func aCallBackIsRefusedWithTheOccupancyAndNothingRings() async throws {
            let office = try await Run.office()
            let (mobile, customer, call) = try await office.talk()
            let mark = office.ledger.mark
            let refused = await #expect(throws: APIClient.Refused.self) { try await office.carl.call("089 999999") }
            #expect(refused?.status == 503)
            #expect(refused?.code == "no-line")
            #expect(refused?.detail.contains("2 of 4; 2 are kept free") == true, "\(refused?.detail ?? "")")
            let second = try await office.ledger.newCall(since: mark)
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: CallBack.endedByTarget))
            try await office.expectOver(
                second, office.carl, Expected(reason: .noLine, endedBy: .system, party: "+4989999999", ladder: [:]))
            await [mobile, customer].stop()
        }

        /// His mobile cannot be called: who calls him gets 480.
        @Test func withoutFallbackTheCallerGets480() async throws {
            let office = try await Run.office()
            let (mobile, customer, call) = try await office.talk()
            let second = try await office.phone("second", Office.secondCustomer, hertz: Pitch.party)
            let mark = office.ledger.mark
            try second.dial(FollowMe.carlsNumber)
            let refused = try await office.ledger.newCall(since: mark)
            let closed = try await second.wait(for: "CALL_CLOSED")
            #expect(closed.parameter.hasPrefix("480"))
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(reason: .completed, endedBy: .party, talked: true, ladder: CallBack.endedByTarget))
            try await office.expectOver(
                refused, office.carl,
                Expected(
                    reason: .noLine, endedBy: .system, direction: .incoming, party: "+" + Office.secondCustomer,
                    ladder: [.party: Course.turnedAwayAtOnce(480)]))
            await [mobile, customer, second].stop()
        }
    }
}
