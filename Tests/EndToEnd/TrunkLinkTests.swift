import BusContract
import LocalHouse
import TelephonyModel
import Testing

extension EndToEnd {
    /// The PBX over TCP, and with a trunk that registers; each in a house of its own.
    @Suite struct TrunkLinks {
        private static let account = PBXLink.Account(user: "rufbus", password: "a-long-secret")

        @Test(arguments: [House.Link(.tcp), House.Link(.tls), House.Link(.udp, account: account)])
        func callsGoBothWays(_ link: House.Link) async throws {
            let office = try await Office(link)
            let called = link.account == nil ? Course.called : Course.challenged
            do {
                try await callIn(office, called)
                try await callBack(office, called)
            } catch {
                await office.stop()
                throw error
            }
            await office.stop()
        }

        private func callIn(_ office: Office, _ called: [String]) async throws {
            try await office.anna.use("office")
            let (desk, customer) = (try await office.desk(), try await office.customer())
            let mark = office.ledger.mark
            try customer.dial(FollowMe.annasNumber)
            let call = try await office.ledger.newCall(since: mark)
            try await customer.wait(for: "CALL_ESTABLISHED")
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .party, direction: .incoming, talked: true,
                    ladder: [.device: called + Course.weEnd, .party: Course.came + Course.theyEnd]))
            try await expectHeard(desk, [Pitch.party], never: [Pitch.user])
            try await expectHeard(customer, [Pitch.user], never: [Pitch.party])
            await [desk, customer].stop()
        }

        private func callBack(_ office: Office, _ called: [String]) async throws {
            try await office.anna.use("mobile")
            let (mobile, customer, call) = try await office.talk()
            try await Task.sleep(for: .seconds(2))
            try customer.hangUp()
            try await mobile.wait(for: "CALL_CLOSED")
            try await office.expectOver(
                call, office.anna,
                Expected(
                    reason: .completed, endedBy: .party, talked: true,
                    ladder: [.device: called + Course.weEnd, .party: called + Course.theyEnd]))
            try await expectHeard(mobile, [Pitch.party])
            try await expectHeard(customer, [Pitch.user])
            await [mobile, customer].stop()
        }
    }
}
