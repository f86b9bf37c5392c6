import BusContract
import CRabbitMQ
import Foundation
import Synchronization
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension BusTests {
    @Suite struct Messages {
        @Test func aConfirmedEventReachesItsQueueWithAllItSays() async throws {
            let (signaling, journal) = (BusStage.bus("signaling"), BusStage.bus("journal"))
            let inbox = Inbox<(String, Received, TestFact)>()
            let fact = TestFact(number: 7, user: UserID(unchecked: "berta"))
            journal.consume(fact.queue, prefetch: 10) { delivery in
                guard let received = try? delivery.envelope(), let data = try? received.data(TestFact.self) else {
                    return
                }
                inbox.add((delivery.exchange, received, data))
                delivery.acknowledge()
            }
            try await journal.open()
            try await signaling.open()
            try await signaling.publishConfirmed(fact)
            let came = try #require(try await inbox.wait(for: 1).first)
            #expect(came.0 == Topology.events && came.2 == fact)
            #expect(came.1.source == "rufbus/signaling/a1" && came.1.key == fact.key && came.1.type == TestFact.type)
            #expect(came.1.position == fact.position && Timestamp.milliseconds(came.1.time) != nil)
            #expect(signaling.counters.confirmed >= 1 && signaling.counters.dropped == 0)
            await signaling.close()
            await journal.close()
        }

        @Test func eventsKeepTheirOrderAndUnsettledOnesComeAgain() async throws {
            let signaling = BusStage.bus("signaling")
            try await signaling.open()
            let user = UserID(unchecked: "clara")
            for number in 1...300 { signaling.publish(TestFact(number: number, user: user)) }
            try await signaling.publishConfirmed(TestFact(number: 301, user: user))

            let first = try await read(user, until: 301, acknowledging: { $0 <= 100 })
            #expect(first.map(\.number) == Array(1...301))
            let second = try await read(user, until: 201, acknowledging: { _ in true })
            #expect(second.map(\.number) == Array(101...301))
            #expect(second.allSatisfy { $0.redelivered })
            await signaling.close()
        }

        @Test func aSenderIsToldWhenNobodyReadsWhatIsTransient() async throws {
            let (signaling, tap) = (BusStage.bus("signaling"), BusStage.bus("tap", "t1", passive: true))
            let (unread, confirmed, read) = (Inbox<Bool>(), Inbox<Bool>(), Inbox<String>())
            let key = RoutingKey.leg(.message, UserID(unchecked: "anna"), CallID(unchecked: "call-1"))
            let send: @Sendable () -> Void = {
                signaling.publish(
                    Probe(), type: LegWhat.message.type, key: key, durable: false, confirmed: { confirmed.add($0) },
                    unread: { unread.add(true) })
            }
            try await signaling.open()
            send()
            try await confirmed.wait(for: 1)
            #expect(unread.all.count == 1 && confirmed.all == [true])
            tap.listen(["leg.#"]) { read.add($0.key) }
            try await tap.open()
            send()
            try await confirmed.wait(for: 2)
            #expect(try await read.wait(for: 1) == [key] && unread.all.count == 1)
            await tap.close()
            await signaling.close()
        }

        private struct Seen: Sendable { let number: Int, redelivered: Bool }

        /// Reads the user's queue with a journal of its own until so many have come, then closes it.
        private func read(_ user: UserID, until count: Int, acknowledging: @escaping @Sendable (Int) -> Bool)
            async throws -> [Seen]
        {
            let journal = BusStage.bus("journal")
            let inbox = Inbox<Seen>()
            journal.consume(TestFact(number: 0, user: user).queue, prefetch: 500) { delivery in
                guard let fact = try? delivery.envelope().data(TestFact.self), fact.user == user else {
                    return delivery.acknowledge()
                }
                inbox.add(Seen(number: fact.number, redelivered: delivery.redelivered))
                if acknowledging(fact.number) { delivery.acknowledge() }
            }
            try await journal.open()
            let seen = try await inbox.wait(for: count)
            await journal.close()
            return seen
        }

        @Test func aListenerHearsWhatMatchesItsKeysAndNoProbe() async throws {
            let (cti, signaling) = (BusStage.bus("cti"), BusStage.bus("signaling"))
            let (calls, all) = (Inbox<Received>(), Inbox<Received>())
            cti.listen(["call.*.started.dora.#"]) { calls.add($0) }
            cti.listen(["#"]) { all.add($0) }
            try await cti.open()
            try await signaling.open()
            for user in ["dora", "emil"] {
                try await signaling.publishConfirmed(TestFact(number: 1, user: UserID(unchecked: user)))
            }
            try await all.wait(for: 2)
            #expect(all.all.map(\.position?.seat.rawValue) == ["dora", "emil"])
            #expect(calls.all.map(\.position?.seat.rawValue) == ["dora"])
            await signaling.close()
            await cti.close()
        }

        @Test func whatHasNoEnvelopeIsSetAsideWithItsReason() async throws {
            let journal = BusStage.bus("journal")
            let (inbox, dead) = (Inbox<String>(), Inbox<DeadMessage>())
            let user = UserID(unchecked: "frida")
            let queue = TestFact(number: 0, user: user).queue
            journal.consume(queue, prefetch: 10) { delivery in
                inbox.add(delivery.key)
                delivery.acknowledge()
            }
            journal.serve(JournalQuery.self) { _, responder in responder.answer(.init(entries: [])) }
            journal.consume(Topology.deadQueue, prefetch: 10) { delivery in
                if let message = try? delivery.envelope().data(DeadMessage.self) { dead.add(message) }
                delivery.acknowledge()
            }
            try await journal.open()
            let key = TestFact(number: 0, user: user).key
            try BusStage.link("admin").sendRaw("hello", to: Topology.events, key: key)
            try BusStage.link("admin").sendRaw(
                #"{"specversion":"1.0"}"#, to: Topology.requests, key: "shared.journal.query")
            let messages = try await dead.wait(for: 2)
            #expect(Set(messages.map(\.key)) == [key, "shared.journal.query"])
            let first = try #require(messages.first { $0.key == key })
            #expect(first.why == "not JSON" && first.exchange == Topology.events)
            #expect(Data(base64Encoded: first.body) == Data("hello".utf8))
            #expect(messages.contains { $0.why.contains("\"id\" is missing") })
            #expect(journal.counters.dead == 2 && inbox.all.isEmpty)
            await journal.close()
        }

        @Test func whatTheHandlerSetsAsideIsAcknowledged() async throws {
            let (journal, signaling) = (BusStage.bus("journal"), BusStage.bus("signaling"))
            let (seen, dead) = (Inbox<Int>(), Inbox<DeadMessage>())
            let fact = TestFact(number: 1, user: UserID(unchecked: "gustav"))
            journal.consume(fact.queue, prefetch: 10) { delivery in
                guard delivery.key == fact.key else { return delivery.acknowledge() }
                seen.add(1)
                delivery.dead("a reason of the handler")
            }
            journal.consume(Topology.deadQueue, prefetch: 10) { delivery in
                if let message = try? delivery.envelope().data(DeadMessage.self) { dead.add(message) }
                delivery.acknowledge()
            }
            try await journal.open()
            try await signaling.open()
            try await signaling.publishConfirmed(fact)
            #expect(try await dead.wait(for: 1).map(\.why) == ["a reason of the handler"])
            await journal.close()
            let again = BusStage.bus("journal")
            again.consume(fact.queue, prefetch: 10) { if $0.key == fact.key { seen.add(2) } }
            try await again.open()
            try await signaling.publishConfirmed(TestFact(number: 2, user: fact.user))
            #expect(try await seen.wait(for: 2) == [1, 2])
            await again.close()
            await signaling.close()
        }

        @Test func aReaderWhoseQueueIsTakenAwayMakesItAgain() async throws {
            let (journal, signaling) = (BusStage.bus("journal"), BusStage.bus("signaling"))
            let (states, numbers) = (Inbox<BusState>(), Inbox<Int>())
            let fact = TestFact(number: 7, user: UserID(unchecked: "hans"))
            journal.onStateChange { states.add($0) }
            journal.consume(fact.queue, prefetch: 10) { delivery in
                if let came = try? delivery.envelope().data(TestFact.self) { numbers.add(came.number) }
                delivery.acknowledge()
            }
            try await journal.open()
            try await signaling.open()
            let admin = try BusStage.link("admin")
            fact.queue.withCString { _ = amqp_queue_delete(admin.state, 1, amqp_cstring_bytes($0), 0, 0) }
            try admin.check("deleting a queue")
            try await eventually(.seconds(20)) { states.all == [.connected, .lost, .connected] }
            #expect(states.all == [.connected, .lost, .connected] && journal.counters.losses == 1)
            try await signaling.publishConfirmed(fact)
            #expect(try await numbers.wait(for: 1) == [7])
            await signaling.close()
            await journal.close()
        }
    }
}
