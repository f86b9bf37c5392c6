/// How the bus is for a service that publishes.
public enum BusState: Sendable, Hashable {
    /// Messages go out and are confirmed.
    case connected
    /// The broker takes no messages for now (memory or disk alarm); they wait here.
    case blocked
    /// No connection; messages wait here, requests are refused with "bus-down".
    case lost
}
