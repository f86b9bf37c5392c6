import BusContract
import ChaosHarness
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

private func seat(_ name: String) -> UserID { UserID(unchecked: name) }

extension SeatTests {
    /// A seat is claimed, written down, let go; who comes too late hears from whom.
    @Suite struct Life {
        @Test(.timeLimit(.minutes(1))) func aSeatIsHandedOnAndWhatTheOldOwnerSaysIsCounted() async throws {
            let journal = try await SeatStage.journal("life")
            let (first, second) = (try await SeatStage.claimer("life-a"), try await SeatStage.claimer("life-b"))
            first.claim(seat("life"))
            #expect(try await first.answer(seat("life")) == .granted(epoch: 1, found: nil))
            second.claim(seat("life"))
            #expect(try await second.answer(seat("life")) == .lost(to: first.owner, epoch: 1, isFree: false))
            first.write(seat("life"), 1, 1)
            try await first.waitForConfirms(2)
            second.claim(seat("life"), after: 1)
            guard case .granted(2, let found?) = try await second.answer(seat("life"), 1) else {
                Issue.record("\(second.answers)")
                return
            }
            #expect(found.revision == 1)
            for revision in 2...11 { first.write(seat("life"), 1, revision) }
            try await first.waitForConfirms(12)
            try await eventually { journal.child.logText.contains(#""superseded":"10""#) }
            #expect(journal.child.logText.contains(#""superseded":"10""#))
            second.end(seat("life"), 2, 1)
            try await second.waitForConfirms(3)
            first.claim(seat("life"), as: "the-last")
            guard case .granted(3, let kept?) = try await first.answer(seat("life"), 1) else {
                Issue.record("\(first.answers)")
                return
            }
            #expect(kept == found)
            first.claim(seat("life"), as: "the-last")
            #expect(try await first.answer(seat("life"), 2) == .granted(epoch: 3, found: kept))
            #expect(try await SeatStage.count("SELECT epoch FROM seats WHERE seat = 'life'") == 3)
            await end(journal, first, second)
        }

        @Test(.timeLimit(.minutes(1))) func aClaimWaitsForTheDatabaseAndIsServedThen() async throws {
            let journal = try await SeatStage.journal("wait")
            let claimer = try await SeatStage.claimer("wait-a")
            await SeatStage.house.database.stop()
            claimer.claim(seat("wait"))
            try await claimer.waitForConfirms(1)
            try await eventually { journal.child.logText.contains("seats wait for the database") }
            #expect(claimer.answers.isEmpty)
            try await SeatStage.house.database.start()
            #expect(try await claimer.answer(seat("wait")) == .granted(epoch: 1, found: nil))
            await end(journal, claimer)
        }

        @Test(.timeLimit(.minutes(1))) func whatIsNoMessageIsSetAsideWithoutItsBody() async throws {
            let journal = try await SeatStage.journal("dead")
            let claimer = try await SeatStage.claimer("dead-a")
            let tap = BusStage.bus("tap", "seats", url: SeatStage.house.broker.url(for: "tap"), passive: true)
            let dead = Inbox<DeadMessage>()
            tap.listen(["#"], exchange: Topology.dead) { received in
                do { dead.add(try received.data(DeadMessage.self)) } catch { Issue.record("\(error)") }
            }
            try await tap.open()
            let key = RoutingKey.seat(.checkpoint, seat("dead"))
            let link = try Link(BrokerURL(SeatStage.house.broker.url(for: "signaling")), name: "test")
            try link.sendRaw("+491711234567", to: Topology.seats, key: key)
            claimer.claim(seat("dead"), as: "two words")
            claimer.claim(seat("dead"), after: -1)
            #expect(try await dead.wait(for: 3).map(\.body) == ["", "", ""])
            let reasons = Set(dead.all.map(\.why))
            #expect(reasons.count == 3 && reasons.contains { $0.contains("printable") }, "\(reasons)")
            #expect(dead.all.contains { $0.key == key && $0.exchange == Topology.seats })
            link.close()
            await tap.close()
            await end(journal, claimer)
        }

        private func end(_ journal: ServiceProcess, _ claimers: SeatClaimer...) async {
            await journal.stop()
            for claimer in claimers { await claimer.bus.close() }
        }
    }

    /// Only signaling writes on the road, only the journal reads it.
    @Suite struct Rights {
        @Test(arguments: Service.allCases) func onlySignalingWrites(_ service: Service) throws {
            let link = try Link(BrokerURL(SeatStage.house.broker.url(for: service.rawValue)), name: "test")
            defer { link.close() }
            var kind: BusError.Kind?
            do {
                try link.sendRaw("{}", to: Topology.seats, key: "seat.3.probe.a1")
            } catch { kind = (error as? BusError)?.kind }
            #expect(kind == (service == .signaling ? nil : .forbidden))
        }

        @Test(arguments: Service.allCases) func onlyTheJournalReads(_ service: Service) throws {
            let link = try Link(BrokerURL(SeatStage.house.broker.url(for: service.rawValue)), name: "test")
            defer { link.close() }
            var kind: BusError.Kind?
            do throws(BusError) { try link.consume(Topology.seatQueue(3), prefetch: 1) } catch { kind = error.kind }
            #expect(kind == (service == .journal ? nil : .forbidden))
        }

        @Test(arguments: Service.allCases) func onlyTheJournalListens(_ service: Service) throws {
            let link = try Link(BrokerURL(SeatStage.house.broker.url(for: service.rawValue)), name: "test")
            defer { link.close() }
            let queue = Topology.listener(service.rawValue, "seats", 0)
            try link.declareQueue(queue, durable: false, arguments: [:])
            var kind: BusError.Kind?
            do throws(BusError) { try link.bind(queue, to: Topology.seats, key: "seat.3.#") } catch {
                kind = error.kind
            }
            #expect(kind == (service == .journal ? nil : .forbidden))
        }
    }
}
