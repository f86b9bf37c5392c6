import BusContract
import ChaosHarness
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

extension BusTests.Faults {
    /// Durable events outlive their process in the outbox file, and whatever keeps them from it is said.
    @Suite struct OutboxFiles {
        /// All durable events that came, by a journal that takes them.
        private struct Log {
            let journal: Bus
            let inbox = Inbox<Received>()

            init() {
                journal = BusStage.bus("journal")
                for partition in 0..<RoutingKey.partitions {
                    journal.consume(Topology.eventQueue(partition), prefetch: 100) { [inbox] delivery in
                        if let received = try? delivery.envelope(), received.position != nil { inbox.add(received) }
                        delivery.acknowledge()
                    }
                }
            }

            /// Ids of these calls; nil when one of them is not told in the order 1, 2, 3 …
            func ids(of workload: Workload) -> Set<String>? {
                var (ids, last) = (Set<String>(), [CallID: Int]())
                for event in inbox.all where event.position?.call.rawValue.hasPrefix(workload.prefix) == true {
                    guard let position = event.position, ids.insert(event.id).inserted else { continue }
                    guard position.sequence == last[position.call, default: 0] + 1 else { return nil }
                    last[position.call] = position.sequence
                }
                return ids
            }
        }

        /// A process that publishes, with a limit for the size of the files it writes (blocks of 512 bytes; 0: none).
        private func publisher(_ workload: Workload, _ folder: String, blocks: Int = 0) throws -> Child {
            // A write beyond the limit is then an error as on a full disk, not the process' end.
            let limit = blocks == 0 ? "" : "trap '' XFSZ; ulimit -f \(blocks); "
            return try Child(
                "publisher-\(workload.name)", "/bin/sh",
                [
                    "-c", limit + "exec \"$0\" \"$@\"", try Build.executable("rufbus-chaos"), "publish",
                    "--bus", BusStage.broker.url(for: "signaling"), "--instance", workload.name,
                    "--workload", workload.name, "--seed", "\(workload.seed)", "--calls", "\(workload.calls)",
                    "--part", "0", "--parts", "1", "--rate", "1000", "--outbox", folder,
                ], folder: folder)
        }

        private func progress(_ child: Child) -> PublisherProgress {
            child.logText.split(separator: "\n").reversed().lazy.compactMap { PublisherProgress($0) }.first
                ?? PublisherProgress()
        }

        private func filed(_ folder: String, _ workload: Workload) -> Set<String> {
            let file = FileManager.default.contents(atPath: "\(folder)/signaling-\(workload.name).outbox")
            return Set(OutboxScan(Array(file ?? Data())).live.map(\.event.id))
        }

        @Test func aPublisherIsKilledWithAFullOutboxAndTheNextOneSendsItAll() async throws {
            let folder = try LocalFolder("outbox")
            let workload = Workload(name: "killed", seed: UInt64.random(in: 1...9_999), calls: 200)
            let log = Log()
            try await log.journal.open()
            let child = try publisher(workload, folder.path)
            try await eventually(.seconds(30)) { progress(child).confirmed >= 300 }
            await BusStage.broker.kill()
            try await eventually(.seconds(30)) {
                progress(child).sent == workload.events
                    && filed(folder.path, workload).count + progress(child).confirmed >= workload.events
            }
            await child.kill()
            let kept = filed(folder.path, workload)
            #expect(kept.count > 1_000 && kept.count + progress(child).confirmed >= workload.events)
            try await BusStage.broker.start()
            let next = BusStage.bus("signaling", workload.name, outbox: folder.path)
            try await next.open()
            #expect(next.counters.recovered == kept.count)
            next.publish(TestFact(number: 1, user: UserID(unchecked: "last")))
            try await eventually(.seconds(60)) { log.ids(of: workload)?.count == workload.events }
            let ids = log.ids(of: workload)
            #expect(ids?.count == workload.events, "each once, in the order of its call")
            #expect(ids?.isSuperset(of: kept) == true, "under its first id")
            try await eventually { filed(folder.path, workload).isEmpty }
            #expect(filed(folder.path, workload).isEmpty)
            await next.close()
            await log.journal.close()
            try folder.remove()
        }

        /// By a limit on files, which the thread sanitizer's own map of constants does not fit in.
        @Test(.enabled(if: ProcessInfo.processInfo.environment["TSAN_OPTIONS"] == nil))
        func aFullDiskRefusesNewWorkAndKeepsWhatWasPromised() async throws {
            let folder = try LocalFolder("outbox")
            let workload = Workload(name: "full", seed: UInt64.random(in: 1...9_999), calls: 150)
            let log = Log()
            try await log.journal.open()
            let child = try publisher(workload, folder.path, blocks: 256)
            try await eventually(.seconds(30)) { progress(child).confirmed >= 100 }
            let server = try #require(BusStage.broker.server)
            server.freeze()
            try await eventually { progress(child).refusals > 0 }
            #expect(progress(child).refusals > 0 && progress(child).sent < workload.events)
            for words in [
                "refused: bus.outbox: \(folder.path)/signaling-full.outbox", "new work is refused", "File too large",
            ] {
                #expect(child.logText.contains(words), "\(child.logTail(5))")
            }
            let kept = filed(folder.path, workload)
            #expect(kept.count > 50 && kept.count < progress(child).sent, "\(kept.count)")
            server.thaw()
            try await eventually(.seconds(60)) { progress(child).confirmed == workload.events }
            #expect(progress(child).dropped == 0)
            #expect(log.ids(of: workload)?.count == workload.events, "memory had room for what the disk had not")
            await log.journal.close()
            try folder.remove()
        }

        @Test func whatIsLeftAtTheEndIsForTheNextProcess() async throws {
            let folder = try LocalFolder("outbox")
            let (log, user) = (Log(), UserID(unchecked: "ida"))
            try await log.journal.open()
            let first = BusStage.bus("signaling", "o1", outbox: folder.path)
            try await first.open()
            let server = try #require(BusStage.broker.server)
            server.freeze()
            let outcomes = Inbox<Bool>()
            for number in 1...50 { first.publish(TestFact(number: number, user: user)) { outcomes.add($0) } }
            await first.close()
            #expect(outcomes.all == Array(repeating: false, count: 50))
            #expect(first.counters.filed == 50 && first.counters.dropped == 0)
            server.thaw()
            let second = BusStage.bus("signaling", "o1", outbox: folder.path)
            try await second.open()
            try await eventually(.seconds(30)) { numbers(log, user).count == 50 }
            #expect(numbers(log, user) == Array(1...50) && second.counters.recovered == 50)
            await second.close()
            await log.journal.close()
            try folder.remove()
        }

        private func numbers(_ log: Log, _ user: UserID) -> [Int] {
            var seen: Set<String> = []
            return log.inbox.all.filter { $0.position?.seat == user && seen.insert($0.id).inserted }
                .compactMap(\.position?.sequence)
        }

        @Test func whatNoSeatKeepsIsWrittenDownBeforeItIsSent() async throws {
            let folder = try LocalFolder("outbox")
            let presence = BusStage.bus("presence", outbox: folder.path)
            try await presence.open()
            let before = presence.counters.confirmed
            for _ in 1...20 {
                try await presence.publishConfirmed(
                    Probe(), type: "t", key: "line.x.occupancy.pbx", durable: true)
                #expect(presence.counters.filed == presence.counters.confirmed - before)
            }
            let path = folder.path + "/presence-a1.outbox"
            try await eventually { FileManager.default.contents(atPath: path) == Data(OutboxScan.header) }
            #expect(FileManager.default.contents(atPath: path) == Data(OutboxScan.header), "nothing stays")
            await presence.close()
            try folder.remove()
        }

        @Test func aSecondProcessOfTheSameNameIsRefused() async throws {
            let folder = try LocalFolder("outbox")
            let held = try OutboxFile(folder: folder.path, name: "signaling-o2", now: 0)
            let bus = BusStage.bus("signaling", "o2", outbox: folder.path)
            let error = await #expect(throws: BusError.self) { try await bus.open() }
            #expect(error?.kind == .outbox && error?.message.contains("another process holds") == true)
            withExtendedLifetime(held) {}
            try folder.remove()
        }
    }
}
