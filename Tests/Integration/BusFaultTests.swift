import BusContract
import Foundation
import LocalHouse
import Synchronization
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension BusTests {
    /// The broker dies, freezes, is away: nothing durable is lost or out of order, and nobody waits without end.
    @Suite(BusStage(isKilled: true), .serialized) struct Faults {
        private func reader(_ users: [UserID], _ inbox: Inbox<(id: String, fact: TestFact)>) -> Bus {
            let journal = BusStage.bus("journal")
            for queue in Set(users.map { TestFact(number: 0, user: $0).queue }) {
                journal.consume(queue, prefetch: 100) { delivery in
                    guard let received = try? delivery.envelope(), let fact = try? received.data(TestFact.self) else {
                        return
                    }
                    inbox.add((received.id, fact))
                    delivery.acknowledge()
                }
            }
            return journal
        }

        /// Each id once, as the journal keeps them.
        private func once(_ items: [(id: String, fact: TestFact)]) -> [TestFact] {
            var seen: Set<String> = []
            return items.filter { seen.insert($0.id).inserted }.map(\.fact)
        }

        /// The first place where the numbers are not 1, 2, 3 … `last`.
        private func gap(_ facts: [TestFact], upTo last: Int) -> String? {
            for (index, fact) in facts.enumerated() where fact.number != index + 1 {
                return "\(fact.number) at place \(index + 1)"
            }
            return facts.count == last ? nil : "\(facts.count) of \(last)"
        }

        @Test func killedInTheMiddleOfTwoThousandEvents() async throws {
            let users = ["anna", "berta", "clara", "dora"].map { UserID(unchecked: $0) }
            let inbox = Inbox<(id: String, fact: TestFact)>()
            let (journal, signaling) = (reader(users, inbox), BusStage.bus("signaling"))
            let states = Inbox<BusState>()
            signaling.onStateChange { states.add($0) }
            try await journal.open()
            try await signaling.open()
            let confirmed = Inbox<Bool>()
            for number in 1...500 {
                for user in users { signaling.publish(TestFact(number: number, user: user)) { confirmed.add($0) } }
                if number % 10 == 0 { try await Task.sleep(for: .milliseconds(5)) }
                if number == 250 {
                    async let killed: Void = BusStage.broker.kill()
                    try await Task.sleep(for: .milliseconds(20))
                    await killed
                }
            }
            #expect(confirmed.all.count < 2_000, "the broker died too late for this test")
            try await BusStage.broker.start()
            try await eventually(.seconds(60)) {
                confirmed.all.count == 2_000 && Set(inbox.all.map(\.id)).count == 2_000
            }
            #expect(confirmed.all.count == 2_000 && confirmed.all.allSatisfy { $0 })
            let facts = once(inbox.all)
            for user in users { #expect(gap(facts.filter { $0.user == user }, upTo: 500) == nil) }
            try await eventually(.seconds(30)) { signaling.state == .connected }
            #expect(states.all.first == .connected && states.all.contains(.lost) && states.all.last == .connected)
            #expect(signaling.counters.losses >= 1)
            await signaling.close()
            await journal.close()
        }

        @Test func requestsAreRefusedAtOnceWhileTheBrokerIsAway() async throws {
            let (cti, signaling) = (BusStage.bus("cti"), BusStage.bus("signaling", "f1"))
            signaling.serve(ClearConnection.self) { _, _ in }  // Never answers.
            try await signaling.open()
            try await cti.open()
            let request = ClearConnection(call: CallID(unchecked: "c"), user: UserID(unchecked: "anna"))
            let answers = Inbox<String>()
            let ask: @Sendable () -> Void = {
                cti.request(request, to: InstanceID(unchecked: "f1"), limitMs: 60_000) { result in
                    if case .failure(let refusal) = result { answers.add(refusal.code) }
                }
            }
            ask()
            try await Task.sleep(for: .milliseconds(200))
            await BusStage.broker.kill()
            #expect(try await answers.wait(for: 1) == ["bus-down"])
            try await eventually { cti.state == .lost }
            ask()
            #expect(try await answers.wait(for: 2, limit: .seconds(1)) == ["bus-down", "bus-down"])
            try await BusStage.broker.start()
            try await eventually(.seconds(30)) { cti.state == .connected && signaling.state == .connected }
            #expect(cti.state == .connected && signaling.state == .connected)
            await cti.close()
            await signaling.close()
        }

        @Test func aFrozenBrokerIsNoticedAndNothingIsLost() async throws {
            let user = UserID(unchecked: "emil")
            let inbox = Inbox<(id: String, fact: TestFact)>()
            let (journal, signaling) = (reader([user], inbox), BusStage.bus("signaling"))
            try await journal.open()
            try await signaling.open()
            let server = try #require(BusStage.broker.server)
            server.freeze()
            for number in 1...5_000 { signaling.publish(TestFact(number: number, user: user)) }
            try await eventually(.seconds(20)) { signaling.state == .lost }
            #expect(signaling.state == .lost)
            server.thaw()
            try await eventually(.seconds(60)) {
                Set(inbox.all.filter { $0.fact.user == user }.map(\.id)).count == 5_000
            }
            #expect(gap(once(inbox.all).filter { $0.user == user }, upTo: 5_000) == nil)
            await signaling.close()
            await journal.close()
        }

        /// What the broker lacks, and what an operator says to let it lack and have it.
        struct Alarm: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let on: [String], off: [String]
            /// For the first one longer than two missed heartbeats.
            let seconds: Int
        }
        @Test(arguments: [
            Alarm(
                testDescription: "memory", on: ["set_vm_memory_high_watermark", "0.00001"],
                off: ["set_vm_memory_high_watermark", Broker.usualMemoryShare], seconds: 7),
            Alarm(
                testDescription: "disk", on: ["set_disk_free_limit", "1000000GB"],
                off: ["set_disk_free_limit", Broker.usualDiskLimit], seconds: 1),
        ])
        func anAlarmStopsPublishingWithoutHangingAndNothingIsLost(_ alarm: Alarm) async throws {
            let signaling = BusStage.bus("signaling")
            let states = Inbox<BusState>()
            signaling.onStateChange { states.add($0) }
            try await signaling.open()
            try await BusStage.broker.control(alarm.on)
            let (confirmed, user) = (Inbox<Bool>(), UserID(unchecked: "frida"))
            for number in 1...20_000 { signaling.publish(TestFact(number: number, user: user)) { confirmed.add($0) } }
            try await eventually { signaling.state == .blocked }
            #expect(signaling.state == .blocked)
            await #expect(throws: Refusal.self) { try await signaling.request(DirectoryQuery(), limitMs: 60_000) }
            try await Task.sleep(for: .seconds(alarm.seconds))
            #expect(signaling.state == .blocked && confirmed.all.count < 20_000)
            try await BusStage.broker.control(alarm.off)
            try await confirmed.wait(for: 20_000, limit: .seconds(60))
            #expect(confirmed.all.count == 20_000 && confirmed.all.allSatisfy { $0 })
            #expect(states.all == [.connected, .blocked, .connected] && signaling.counters.losses == 0)
            await signaling.close()
        }

        @Test func closingWhileTheBrokerIsAwayEnds() async throws {
            let signaling = BusStage.bus("signaling")
            try await signaling.open()
            let server = try #require(BusStage.broker.server)
            server.freeze()
            let outcome = Inbox<Bool>()
            signaling.publish(TestFact(number: 1)) { outcome.add($0) }
            let start = ContinuousClock.now
            await signaling.close()
            #expect(ContinuousClock.now - start < .seconds(25))
            #expect(outcome.all == [false])
            server.thaw()
        }

        /// A firewall that has forgotten the connections: nothing comes, and nobody says so.
        @Test func aConnectionThatIsHalfOpenIsFoundWithinSixSecondsAndNothingIsLost() async throws {
            let (user, inbox) = (UserID(unchecked: "gerda"), Inbox<(id: String, fact: TestFact)>())
            let relay = try Relay(to: BusStage.broker.port)
            let through = { BusStage.broker.url(for: $0, through: relay.port) }
            let (journal, signaling) = (reader([user], inbox), BusStage.bus("signaling", url: through("signaling")))
            try await journal.open()
            try await signaling.open()
            let cti = BusStage.bus("cti", url: through("cti"))
            try await cti.open()
            for number in 1...10 { signaling.publish(TestFact(number: number, user: user)) }
            relay.set(.halfOpen)
            let begin = ContinuousClock.now
            var last = 10
            while signaling.state != .lost || cti.state != .lost, ContinuousClock.now - begin <= .seconds(20) {
                last += 1  // At each moment of the silence there is something to send.
                signaling.publish(TestFact(number: last, user: user))
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(ContinuousClock.now - begin <= .seconds(6), "with something to send, and with nothing")
            relay.set(.open)
            let count = last
            try await eventually(.seconds(30)) { Set(inbox.all.map(\.id)).count == count }
            #expect(gap(once(inbox.all), upTo: count) == nil)
            for bus in [cti, signaling, journal] { await bus.close() }
            relay.stop()
        }
    }
}
