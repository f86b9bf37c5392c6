import TelephonyModel

/// Which signaling instances there are, by their `service.alive`, and whose calls are still to be asked for.
/// Times are milliseconds of any steady clock.
public struct SignalingWatch: Sendable {
    /// An instance that was silent for this long is gone for good, and its calls with it.
    static let goneMs: Int64 = 60_000

    private struct Seen: Sendable {
        var incarnation: String
        var heardAt: Int64
        var hasAnswered = false
    }
    private var seen: [InstanceID: Seen] = [:]
    private var connectedAt: Int64?

    public init() {}

    /// The bus is there (again): what was missed meanwhile is asked for, and silence counts from now.
    public mutating func connected(now: Int64) {
        connectedAt = now
        for id in seen.keys {
            seen[id]?.hasAnswered = false
            seen[id]?.heardAt = now
        }
    }

    public mutating func disconnected() { connectedAt = nil }

    /// - Returns: whether this incarnation's calls are still to be asked for.
    public mutating func heard(_ alive: ServiceAlive, now: Int64) -> Bool {
        if seen[alive.instance]?.incarnation != alive.incarnation {
            seen[alive.instance] = Seen(incarnation: alive.incarnation, heardAt: now)
        }
        seen[alive.instance]?.heardAt = now
        return seen[alive.instance]?.hasAnswered == false
    }

    /// An instance said what runs on it.
    public mutating func answered(_ instance: InstanceID, _ incarnation: String) {
        guard seen[instance]?.incarnation == incarnation else { return }
        seen[instance]?.hasAnswered = true
    }

    /// Forgets the instances that have been silent for too long, and names them.
    public mutating func gone(now: Int64) -> [InstanceID] {
        guard connectedAt != nil else { return [] }
        let gone = seen.filter { now - $0.value.heardAt >= Self.goneMs }.keys.sorted()
        for id in gone { seen[id] = nil }
        return gone
    }

    /// All instances that may run calls; nil while one could be there unseen, or none is.
    public func all(now: Int64) -> [InstanceID]? {
        guard let connectedAt, now - connectedAt >= Self.goneMs, !seen.isEmpty else { return nil }
        return seen.keys.sorted()
    }
}
