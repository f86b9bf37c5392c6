import BusContract
import Foundation
import TelephonyModel
import Testing

@testable import BusClient

extension BusTests {
    /// What a service's broker user may do, as the broker sees it.
    @Suite struct RightsOfUsers {
        @Test func aForbiddenEventIsDroppedWithAReasonAndTheOthersGoOn() async throws {
            let presence = BusStage.bus("presence")
            try await presence.open()
            let outcomes = Inbox<Bool>()
            for number in 1...20 {
                presence.publish(LineOccupancy.sample, type: "t", key: "line.x.occupancy.pbx", durable: true) {
                    outcomes.add($0)
                }
                if number == 10 {
                    let error = await #expect(throws: BusError.self) {
                        try await presence.publishConfirmed(TestFact(number: 1))
                    }
                    #expect(error?.kind == .forbidden && error?.message.contains("\"presence\"") == true)
                }
            }
            #expect(try await outcomes.wait(for: 20) == Array(repeating: true, count: 20))
            #expect(presence.counters.dropped == 1)
            await presence.close()
        }

        /// Each line: a user, an exchange, a key, and whether he may publish it.
        @Test(arguments: [
            ("signaling", Topology.events, "call.3.started.anna.c1", true),
            ("signaling", Topology.events, "media.3.ended.anna.c1", false),
            ("presence", Topology.events, "call.3.started.anna.c1", false),
            ("presence", Topology.events, "user.x.status.anna", true),
            ("media", Topology.events, "service.x.alive.media.a1", true),
            ("media", Topology.events, "service.x.alive.signaling.a1", false),
            ("cti", Topology.requests, "shared.signaling.originate", true),
            ("cti", Topology.requests, "shared.media.open", false),
            ("media", Topology.requests, "instance.signaling.a1", true),
            ("journal", Topology.requests, "instance.signaling.a1", false),
            ("journal", Topology.replies, "replies.cti.a1", true),
            ("cti", Topology.replies, "replies.signaling.a1", false),
            ("cti", Topology.dead, "dead.cti.a1", true),
            ("cti", Topology.dead, "dead.media.a1", false),
            ("signaling", "", "journal.events.3", false),
            ("tap", Topology.events, "call.3.started.anna.c1", false),
            ("tap", Topology.dead, "dead.tap.a1", false),
            ("tap", Topology.requests, "shared.media.open", false),
        ])
        func mayPublish(_ user: String, _ exchange: String, _ key: String, _ may: Bool) throws {
            let link = try BusStage.link(user)
            defer { link.close() }
            let kind: BusError.Kind?
            do {
                try link.sendRaw("{}", to: exchange, key: key)
                kind = nil
            } catch { kind = (error as? BusError)?.kind }
            #expect(kind == (may ? nil : .forbidden))
        }

        @Test func theTapReadsEventsAndDeadMessagesThroughItsOwnQueueOnly() async throws {
            let (tap, signaling) = (BusStage.bus("tap", "t1", passive: true), BusStage.bus("signaling"))
            let (events, dead) = (Inbox<Received>(), Inbox<Received>())
            tap.listen(["#"]) { events.add($0) }
            tap.listen(["#"], exchange: Topology.dead) { dead.add($0) }
            try await tap.open()
            #expect(tap.state == .connected)
            try await signaling.open()
            try await signaling.publishConfirmed(TestFact(number: 1))
            #expect(try await events.wait(for: 1).map(\.type) == [TestFact.type])
            try BusStage.link("admin").sendRaw("x", to: Topology.requests, key: "shared.signaling.originate")
            await tap.close()
            await signaling.close()
        }
    }
}

extension LineOccupancy {
    fileprivate static let sample = LineOccupancy(
        trunk: TrunkID(unchecked: "pbx"), used: LineUse(sip: 1, outside: 1), capacity: LineUse(sip: 2, outside: 2))
}
