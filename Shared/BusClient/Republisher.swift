import BusContract
import Foundation

/// Puts single messages back on the bus, byte for byte: an administrator's hand. Services publish through `Bus`.
public enum Republisher {
    private static let limitMs = 5_000

    /// Publishes one event and waits until the broker has it in a queue. Blocks the thread, for some seconds at most.
    /// - Parameter type: CloudEvents type of what `body` holds.
    /// - Throws: what stands in the way, in a sentence that names the setting; `.forbidden` if the user of `bus.url`
    ///   may not publish there.
    public static func publish(
        _ body: [UInt8], type: String, id: String, exchange: String, key: String, settings: BusSettings
    ) throws(BusError) {
        let link = try Link(BrokerURL(settings), name: "rufbus retry")
        defer { link.close() }
        try link.selectConfirms()
        var message = Outgoing(exchange: exchange, key: key, type: type, id: id, body: body, kind: .event)
        (message.durable, message.mandatory) = (true, true)
        try link.publish(message)
        let end = Clock.now() + .milliseconds(limitMs)
        while Clock.now() < end {
            switch try link.next() {
            case .confirmed: return
            case .returned: throw BusError(.lost, "no queue wants \(key) of \(exchange): is rufbus-journal set up?")
            case .refused: throw BusError(.lost, "the broker could not keep the message: look at its log")
            default: usleep(2_000)
            }
        }
        throw BusError(.lost, "the broker did not confirm within \(limitMs / 1_000) s: try again")
    }
}
