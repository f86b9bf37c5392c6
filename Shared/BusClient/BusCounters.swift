import Synchronization

/// What one bus has counted since its start.
public struct BusCounters: Sendable, Hashable {
    /// Messages that the broker confirmed.
    public var confirmed = 0
    /// Messages given up: no room while the bus was away, or forbidden.
    public var dropped = 0
    /// Events written to the outbox file.
    public var filed = 0
    /// Events of an earlier process that were taken from the outbox file.
    public var recovered = 0
    /// Connections lost: a service has two, one to send and one to read.
    public var losses = 0
    /// Requests that came back: no such instance.
    public var returned = 0
    /// Replies that nobody waited for any more.
    public var strayReplies = 0
    /// Messages without an envelope that went to `rufbus.dead`.
    public var dead = 0
    /// Requests that were refused because their payload or type could not be read, and events that could not.
    public var unreadable = 0
}

final class Counting: Sendable {
    private let counters = Mutex(BusCounters())
    func count(_ what: WritableKeyPath<BusCounters, Int> & Sendable, _ more: Int = 1) {
        counters.withLock { $0[keyPath: what] += more }
    }
    var now: BusCounters { counters.withLock { $0 } }
}
