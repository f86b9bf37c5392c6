import BusContract
import TelephonyModel

/// An event that the broker does not have yet, as it will be sent again by whoever takes the seat over: with its first
/// `source` and `id`, so that it is the same event.
public struct UnconfirmedEvent: Codable, Hashable, Sendable {
    /// Routing key on `rufbus.events`.
    public var key: String
    public var type: String
    public var source: String
    public var id: String
    /// The whole envelope, JSON.
    public var text: String
    public init(key: String, type: String, source: String, id: String, text: String) {
        (self.key, self.type, self.source) = (key, type, source)
        (self.id, self.text) = (id, text)
    }
}

/// Durable events of seats between publishing and confirm: part of each checkpoint.
public struct UnconfirmedEvents: Sendable {
    private var events: [UserID: [UnconfirmedEvent]] = [:]

    public init() {}

    public mutating func published(_ event: UnconfirmedEvent, by seat: UserID) {
        events[seat, default: []].append(event)
    }

    /// Confirms come in any order between seats, and mostly in order within one.
    public mutating func confirmed(_ id: String, of seat: UserID) {
        guard let place = events[seat]?.firstIndex(where: { $0.id == id }) else { return }
        events[seat]?.remove(at: place)
        if events[seat]?.isEmpty == true { events[seat] = nil }
    }

    /// Oldest first.
    public func of(_ seat: UserID) -> [UnconfirmedEvent] { events[seat] ?? [] }
}
