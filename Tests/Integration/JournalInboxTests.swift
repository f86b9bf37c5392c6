import BusClient
import BusContract
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import rufbus_journal

/// Deliveries that wait while the connection to the broker is lost.
@Suite(BusStage(), .serialized) struct JournalInboxTests {
    /// They cannot be acknowledged any more and come again: only then are they in the inbox, once.
    @Test func whatAnEarlierConnectionBroughtGoes() async throws {
        let journal = BusStage.bus("journal"), sender = BusStage.bus("signaling")
        let inbox = rufbus_journal.Inbox(gatherMs: 0), seen = Inbox<Delivery>()
        let fact = TestFact(number: 1)
        journal.consume(fact.queue, prefetch: 50) {
            inbox.add($0)
            seen.add($0)
        }
        try await journal.open()
        try await sender.open()
        for number in 1...10 { try await sender.publishConfirmed(TestFact(number: number)) }
        #expect(try await seen.wait(for: 10).count == 10)
        try await BusStage.broker.control(["close_all_connections", "-p", Topology.virtualHost, "by a test"])
        #expect(try await seen.wait(for: 20, limit: .seconds(20)).count == 20)
        let batch = try #require(await inbox.next())
        #expect(batch.count == 10 && batch.allSatisfy(\.redelivered))
        for delivery in batch { delivery.acknowledge() }
        #expect(try await eventually { try await BusStage.broker.heldMessages() == 0 })
        await journal.close()
        await sender.close()
    }
}
