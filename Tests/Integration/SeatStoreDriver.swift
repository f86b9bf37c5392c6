import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import SeatStore
import Synchronization
import TelephonyModel

/// A replica's driver as far as its seats go: carries out what `SeatStore` says, on a real bus, in real time.
final class SeatStoreDriver: Sendable {
    struct Seen: Sendable {
        var epochs: [UserID: Int] = [:]
        var found: [UserID: SeatCheckpoint] = [:]
        /// The highest revision that is written.
        var written: [UserID: Int] = [:]
        var ended: Set<UserID> = []
        var lost: [UserID: SeatOwner] = [:]
        var defects: [String] = []
        var counters = SeatStore(owner: SeatOwner(instance: InstanceID(unchecked: "x"), incarnation: "x")).counters
        /// Milliseconds from claim to answer.
        var answerMs: [Double] = []
    }
    let bus: Bus
    let owner: SeatOwner
    private let events = AsyncStream.makeStream(of: SeatStore.Event.self)
    private let seenSoFar = Mutex(Seen())
    private let begunAt = Mutex<[UserID: ContinuousClock.Instant]>([:])
    private let start = ContinuousClock.now

    init(_ instance: String) async throws {
        var logger = Logger(label: instance)
        logger.logLevel = .critical
        owner = SeatOwner(instance: InstanceID(unchecked: instance), incarnation: uuid7())
        bus = Bus(
            BusSettings(
                url: SeatStage.house.broker.url(for: "signaling"), service: "signaling", instance: owner.instance),
            logger: logger)
        let events = events.continuation
        bus.onClaimAnswer { events.yield(.answered($0)) }
        bus.onStateChange { if $0 == .connected { events.yield(.connected) } }
        try await bus.open()
        Task { await work() }
        Task { await tick() }
    }

    var seen: Seen { seenSoFar.withLock { $0 } }

    func tell(_ event: SeatStore.Event) {
        if case .claim(let seat, _, _, _) = event { begunAt.withLock { $0[seat] = ContinuousClock.now } }
        events.continuation.yield(event)
    }

    func close() async {
        events.continuation.finish()
        await bus.close()
    }

    private func work() async {
        var store = SeatStore(owner: owner)
        for await event in events.stream {
            for effect in store.handle(event, at: now) { carryOut(effect) }
            seenSoFar.withLock { $0.counters = store.counters }
        }
    }

    /// Often enough for a test; a service would sleep until `deadline`.
    private func tick() async {
        while case .enqueued = events.continuation.yield(.time) {
            do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
        }
    }

    private var now: Instant {
        Instant(milliseconds: Int64((ContinuousClock.now - start) / .milliseconds(1)))
    }

    private func carryOut(_ effect: SeatStore.Effect) {
        if case .send(let paper, let number) = effect { return send(paper, number) }
        let begunAt = begunAt.withLock { $0 }
        seenSoFar.withLock { seen in
            switch effect {
            case .send, .unprotected: break  // Counted by the store.
            case .written(let seat, let revision): seen.written[seat] = max(revision, seen.written[seat] ?? 0)
            case .owned(let seat, let epoch, let found):
                (seen.epochs[seat], seen.found[seat]) = (epoch, found)
                if let begun = begunAt[seat] {
                    seen.answerMs.append((ContinuousClock.now - begun) / .milliseconds(1))
                }
            case .lost(let seat, let owner, _, _): seen.lost[seat] = owner
            case .ended(let seat): seen.ended.insert(seat)
            case .defect(let what): seen.defects.append(what)
            }
        }
    }

    private func send(_ paper: SeatStore.Paper, _ number: Int) {
        let events = events.continuation
        switch paper {
        case .claim(let claim): bus.claim(claim) { events.yield(.kept(claim.seat, paper: number, $0)) }
        case .checkpoint(let checkpoint):
            bus.write(checkpoint) { events.yield(.kept(checkpoint.seat, paper: number, $0)) }
        case .end(let end): bus.end(end) { events.yield(.kept(end.seat, paper: number, $0)) }
        }
    }
}
