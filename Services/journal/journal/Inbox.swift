import BusClient
import Synchronization

/// Deliveries that gather until they are worked on together.
final class Inbox: Sendable {
    /// How long they gather: 0 for what is waited for; else one transaction for many rows costs a tenth of many.
    private let gatherMs: Int
    /// So many are worth a transaction at once.
    private static let enough = 400

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
        if gatherMs > 0, waiting.withLock({ $0.count }) < Self.enough {
            do { try await Task.sleep(for: .milliseconds(gatherMs)) } catch { return nil }
        }
        return waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
