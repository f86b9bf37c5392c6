import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

@testable import BusClient

extension BusTests {
    /// What a dead letter holds of a request: never its body, on the shared queue and on the instance's own.
    @Suite struct DeadLetters {
        @Test(arguments: ["shared.journal.query", "instance.journal.a1"])
        func aRequestIsSetAsideWithoutItsBody(_ key: String) async throws {
            let journal = BusStage.bus("journal")
            let dead = Inbox<DeadMessage>()
            journal.serve(JournalQuery.self) { _, responder in responder.answer(.init(entries: [])) }
            journal.serve(InstanceRequest.self) { _, responder in responder.answer(Done()) }
            journal.consume(Topology.deadQueue, prefetch: 10) { delivery in
                if let message = try? delivery.envelope().data(DeadMessage.self), message.key == key {
                    dead.add(message)
                }
                delivery.acknowledge()
            }
            try await journal.open()
            try BusStage.link("admin").sendRaw(
                #"{"specversion":"1.0","data":{"password":"S3CRET"}}"#, to: Topology.requests, key: key)
            let message = try #require(try await dead.wait(for: 1).first)
            #expect(message.exchange == Topology.requests && message.why.contains("\"id\" is missing"))
            #expect(message.body.isEmpty)
            await journal.close()
        }

        /// Makes the bus read the instance's own queue.
        private struct InstanceRequest: BusRequest {
            typealias Answer = Done
            static let type = "rufbus.journal.own.v1"
            static let service = "journal"
            static let sharedVerb: String? = nil
        }
    }
}
