import BusClient
import BusContract
import CallControl
import Logging
import SIPStack

/// Keeps the copy of presence's directory: asked for at the start, when a user changed, after the bus was away, and
/// every 30 s. While presence is away the last copy stays. On the loop's thread.
final class DirectoryCopy {
    private(set) var current: Directory?
    private let bus: Bus
    private let stack: SIPStack
    private let order: [UserLookup.Place]
    private let logger: Logger
    private let known: () -> Void
    private var told: (Directory) -> Void = { _ in }
    private var isAsking = false
    private var isStale = false
    private var nextAt: Int64 = 0

    private static let everyMs: Int64 = 30_000
    private static let retryMs: Int64 = 1_000

    /// - Parameter known: called once, with the first state.
    init(bus: Bus, stack: SIPStack, order: [UserLookup.Place], logger: Logger, known: @escaping () -> Void) {
        (self.bus, self.stack, self.order, self.logger, self.known) = (bus, stack, order, logger, known)
    }

    /// Calls `told` with each state that presence gives.
    func changed(_ told: @escaping (Directory) -> Void) { self.told = told }

    /// Asks again if it is time.
    func tick(at boot: Int64) { if boot >= nextAt { ask() } }

    /// Something changed: asks now, or again once the answer under way is there.
    func changed() { if isAsking { isStale = true } else { ask() } }

    private func ask() {
        guard !isAsking else { return }
        (isAsking, isStale, nextAt) = (true, false, SeatClock.boot() + Self.everyMs)
        // Spelling out all users' numbers is no work for the loop: done where the answer arrives.
        bus.request(DirectoryQuery(), limitMs: 5_000) { [order, here = LoopBound(self, on: stack)] answer in
            let state = answer.map { Directory($0, order: order) }
            here.post { $0.answered(state) }
        }
    }

    private func answered(_ state: Result<Directory, Refusal>) {
        isAsking = false
        switch state {
        case .success(let directory):
            if directory.revision != current?.revision {
                logger.info("directory read", metadata: ["revision": "\(directory.revision)"])
            }
            let isFirst = current == nil
            current = directory
            told(directory)
            if isFirst { known() }
        case .failure(let refusal):
            logger.warning("directory not read: \(refusal.sentence)", metadata: ["code": "\(refusal.code)"])
            nextAt = SeatClock.boot() + (current == nil ? Self.retryMs : Self.everyMs / 3)
        }
        if isStale { ask() }
    }
}
