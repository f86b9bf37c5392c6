import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// Calls from user to user go through the PBX and come back: two calls, each with its own journal entry.
    @Suite struct Colleagues {
        @Test func aCallInsideRingsHisActiveDevice() async throws {
            let office = try await Run.office()
            try await office.carl.use("office")
            let annas = try await office.mobile()
            let carls = try await office.phone("carl", "25", hertz: Pitch.party, .after(.seconds(1)))
            let mark = office.ledger.mark
            let out = try await office.anna.call("25").call
            let into = try await office.ledger.newCall(since: mark, besides: out)
            try await office.anna.wait(out, [.talking])
            try await Task.sleep(for: .seconds(1))
            try carls.hangUp()
            try await annas.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                out, office.anna,
                Expected(
                    reason: .completed, endedBy: .party, party: FollowMe.carlsNumber, talked: true,
                    ladder: CallBack.endedByTarget)
            )
            try await office.expectOver(
                into, office.carl,
                Expected(
                    reason: .completed, endedBy: .user, direction: .incoming, party: FollowMe.annasNumber,
                    talked: true,
                    ladder: [.device: Course.called + Course.theyEnd, .party: Course.came + Course.weEnd]))
            try await expectHeard(annas, [Pitch.party])
            try await expectHeard(carls, [Pitch.user])
            await [annas, carls].stop()
        }

        @Test func aFallbackToAColleagueRingsHisActiveDevice() async throws {
            let office = try await Run.office()
            try await office.carl.use("office")
            let desk = try await office.phone("carl", "25", hertz: Pitch.user, .after(.seconds(1)))
            let customer = try await office.customer()
            let mark = office.ledger.mark
            try customer.dial(FollowMe.dorasNumber)
            let doras = try await office.ledger.newCall(since: mark)
            try await customer.wait(for: "CALL_ESTABLISHED")
            let carls = try await office.ledger.newCall(since: mark, besides: doras)
            try await Task.sleep(for: .seconds(1))
            try customer.hangUp()
            try await desk.wait(for: "CALL_CLOSED")
            let came = Course.came + Course.theyEnd
            try await office.expectOver(
                doras, office.dora,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [
                        .device: Course.unreachable, .fallback: Course.called + Course.weEnd, .party: came,
                    ]))
            try await office.expectOver(
                carls, office.carl,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, party: FollowMe.dorasNumber,
                    talked: true, ladder: [.device: Course.called + Course.weEnd, .party: came]))
            try await expectHeard(desk, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
            await [desk, customer].stop()
        }
    }
}
