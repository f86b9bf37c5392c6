import BusContract
import Foundation
import LocalHouse
import SeatStore
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

private func value(_ revision: Int) -> SeatValue {
    // About what a seat with one call takes.
    SeatValue(text: "\(revision) " + String(repeating: #"{"dialog":"x"} "#, count: 160), calls: [])
}

extension SeatTests {
    /// `SeatStore` on a real bus.
    @Suite struct Store {
        private func seats(_ name: String, _ count: Int) -> [UserID] {
            (0..<count).map { UserID(unchecked: "\(name)-\($0)") }
        }

        private func claim(_ seats: [UserID], _ driver: SeatStoreDriver, after epoch: Int? = nil) {
            for seat in seats {
                let first = epoch == nil ? SeatClaim.First(revision: 1, value: value(1)) : nil
                driver.tell(.claim(seat, name: uuid7(), follows: epoch, first: first))
            }
        }

        @Test(.timeLimit(.minutes(1))) func aHundredPlainCallsAreFourMessagesEachAndAreTakenOver() async throws {
            let journal = try await SeatStage.journal("store")
            let (old, new) = (try await SeatStoreDriver("store-a"), try await SeatStoreDriver("store-b"))
            let seats = seats("plain", 100)
            claim(seats, old)
            try await eventually { old.seen.epochs.count == seats.count && old.seen.written.count == seats.count }
            #expect(old.seen.epochs.values.allSatisfy { $0 == 1 } && old.seen.found.isEmpty)
            let slowest = old.seen.answerMs.max() ?? .infinity
            #expect(slowest < 5_000, "an answer took \(slowest) ms")
            for revision in 2...3 {
                for seat in seats { old.tell(.write(seat, revision: revision, value(revision))) }
                try await eventually { old.seen.written.values.allSatisfy { $0 == revision } }
            }
            claim(Array(seats[..<50]), new, after: 1)
            try await eventually { new.seen.epochs.count == 50 }
            #expect(new.seen.found.count == 50)
            #expect(new.seen.found.values.allSatisfy { $0.revision == 3 && $0.value == value(3) && $0.epoch == 1 })
            let confirmed = old.bus.counters.confirmed
            for seat in seats[50...] { old.tell(.end(seat, revision: 4, nil)) }
            try await eventually { old.seen.ended.count == 50 }
            #expect(old.bus.counters.confirmed == confirmed + 50)
            #expect(confirmed - Self.probes == seats.count * 3 + old.seen.counters.repeated)
            #expect(old.seen.defects + new.seen.defects == [])
            await end(journal, old, new)
        }

        /// What signaling sends before it takes work.
        private static let probes = Service.signaling.feeds(instance: "store-a").count

        /// Papers wait in the bus and behind it; claims without an answer are asked again.
        @Test(.timeLimit(.minutes(2))) func aBrokerThatDiesLosesNoSeat() async throws {
            let journal = try await SeatStage.journal("dies")
            let driver = try await SeatStoreDriver("dies-a")
            let (owned, begun) = (seats("owned", 50), seats("begun", 50))
            claim(owned, driver)
            try await eventually { driver.seen.epochs.count == 50 }
            try await Task.sleep(for: BusStage.untilQueuesAreWritten)
            for seat in owned { driver.tell(.write(seat, revision: 2, value(2))) }
            claim(begun, driver)
            await SeatStage.house.broker.kill()
            for revision in 3...20 {
                for seat in owned { driver.tell(.write(seat, revision: revision, value(revision))) }
            }
            for seat in begun { driver.tell(.write(seat, revision: 2, value(2))) }
            try await eventually { driver.seen.counters.unprotected >= 100 }
            #expect(driver.seen.counters.unprotected >= 100 && driver.seen.counters.replaced >= 50)
            try await SeatStage.house.broker.start()
            try await eventually(.seconds(60)) {
                let seen = driver.seen
                return seen.epochs.count == 100 && owned.allSatisfy { seen.written[$0] == 20 }
                    && begun.allSatisfy { seen.written[$0] == 2 }
            }
            #expect(owned.allSatisfy { driver.seen.written[$0] == 20 })
            #expect(begun.allSatisfy { driver.seen.written[$0] == 2 && driver.seen.epochs[$0] == 1 })
            #expect(driver.seen.defects == [])
            #expect(try await keptInTime("seat LIKE 'owned-%' AND epoch = 1 AND revision = 20") == 50)
            #expect(try await keptInTime("seat LIKE 'begun-%' AND epoch = 1 AND revision = 2") == 50)
            await end(journal, driver)
        }

        /// A confirm says that the broker has it; the journal reads it a moment later.
        private func keptInTime(_ which: String) async throws -> Int {
            let end = ContinuousClock.now + .seconds(20)
            while true {
                let count = try await SeatStage.count("SELECT count(*) FROM seats WHERE \(which)")
                if count == 50 || ContinuousClock.now > end { return count }
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        private func end(_ journal: ServiceProcess, _ drivers: SeatStoreDriver...) async {
            await journal.stop()
            for driver in drivers { await driver.close() }
        }
    }
}
