import BusClient
import Synchronization

/// Deliveries that gather until they are worked on together.
final class Inbox: Sendable {
    /// How long they gather: 0 for what is waited for; else one transaction for many rows costs a tenth of many.
    private let gatherMs: Int
    /// So many are worth a transaction at once.
    private static let enough = 1_600
    /// So many more while they gather are a backlog: the next events of the same calls are close behind, and a call's
    /// fold that is written once for five events costs the database a fifth.
    private static let backlog = 200
    private static let mostGatherings = 3

    private let waiting = Mutex<[Delivery]>([])
    private let wakes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(gatherMs: Int = 25) { self.gatherMs = gatherMs }

    /// What came over an earlier connection cannot be acknowledged any more and comes again: it goes.
    func add(_ delivery: Delivery) {
        let isFirst = waiting.withLock { waiting in
            if let last = waiting.last, last.connection != delivery.connection { waiting = [] }
            waiting.append(delivery)
            return waiting.count == 1
        }
        if isFirst { wakes.continuation.yield() }
    }

    /// `next` answers nil from now on. What has gathered stays with the broker.
    func stop() { wakes.continuation.finish() }

    /// What has gathered, some milliseconds after the first of it came; nil after `stop`, or when the task was
    /// cancelled. For one reader.
    func next() async -> [Delivery]? {
        var wake = wakes.stream.makeAsyncIterator()
        guard await wake.next() != nil else { return nil }
        do { try await gather() } catch { return nil }
        return waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    private func gather() async throws {
        var (count, gatherings) = (0, gatherMs > 0 ? Self.mostGatherings : 0)
        repeat {
            let before = waiting.withLock { $0.count }
            guard gatherings > 0, before < Self.enough else { return }
            try await Task.sleep(for: .milliseconds(gatherMs))
            count = waiting.withLock { $0.count } - before
            gatherings -= 1
        } while count >= Self.backlog
    }
}
