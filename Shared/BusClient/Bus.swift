import BusContract
import Logging
import TelephonyModel

/// One service's place on the bus: publishes events, asks and answers requests, consumes queues.
///
/// Register (`serve`, `listen`, `consume`, `onStateChange`), then `open`. Two threads do the work, one a connection.
/// Handlers run on the consumer thread and must hop elsewhere for slow work. After a loss the bus connects again by
/// itself; what was published meanwhile is sent then, in order.
public final class Bus: Sendable {
    let settings: BusSettings

    public init(_ settings: BusSettings, logger: Logger) { self.settings = settings }

    /// CloudEvents `source` of all that is published here: "rufbus/signaling/a1".
    public var source: String { "rufbus/\(settings.service)/\(settings.instance)" }
    public var instance: InstanceID { settings.instance }

    // MARK: Registration, before `open`

    /// Answers requests of this type: from the queue that all replicas share if the type has a shared verb, else from
    /// this instance's own. Types may share a queue; a message is dispatched by its CloudEvents type.
    public func serve<R: BusRequest>(_ type: R.Type, _ handler: @escaping @Sendable (R, Responder<R.Answer>) -> Void) {}

    /// Reads events that match one of the keys ("call.#"), through a queue of its own that ends with the connection and
    /// drops its oldest messages when it is full. No acknowledgement.
    public func listen(_ bindingKeys: [String], _ handler: @escaping @Sendable (Received) -> Void) {}

    /// Reads a durable queue in order. At most `prefetch` deliveries are out unsettled.
    public func consume(_ queue: String, prefetch: Int, _ handler: @escaping @Sendable (Delivery) -> Void) {}

    public func onStateChange(_ handler: @escaping @Sendable (BusState) -> Void) {}

    // MARK: Life

    /// Connects, declares what this service uses, and sends one probe to each durable queue that it feeds.
    /// - Throws: what stands in the way, in a sentence that names the setting to mend.
    public func open() async throws(BusError) { throw BusError(.closed, "not there yet") }

    /// Sends what waits (5 s at most), ends both connections and their threads.
    public func close() async {}

    // MARK: Publishing

    /// To `rufbus.events`. Never blocks. Messages published while the bus is away are kept, in order.
    /// - Parameters:
    ///   - key: of `RoutingKey`.
    ///   - durable: survives a restart of the broker (`call.*`, `leg.answered`, `leg.ended`, `media.ended`, `journal.*`).
    ///   - confirmed: true when the broker has it; false when it was dropped. Runs on the publisher's thread.
    public func publish<P: Codable & Sendable>(
        _ data: P, type: String, key: String, position: CallPosition? = nil, durable: Bool,
        confirmed: (@Sendable (Bool) -> Void)? = nil
    ) {}

    /// As `publish`, and returns when the broker has it.
    public func publishConfirmed<P: Codable & Sendable>(
        _ data: P, type: String, key: String, position: CallPosition? = nil, durable: Bool
    ) async throws(BusError) {}

    // MARK: Requests

    /// Asks one instance, or whoever of the service's replicas takes it first. Never blocks; `answer` runs once, on a
    /// thread of the bus, within `limitMs`. What the bus itself cannot do is a `Refusal` with status 503 and code
    /// "no-such-instance", "timeout" or "bus-down".
    public func request<R: BusRequest>(
        _ request: R, to instance: InstanceID? = nil, limitMs: Int = 2_000,
        answer: @escaping @Sendable (Result<R.Answer, Refusal>) -> Void
    ) {}

    /// As above, awaited.
    public func request<R: BusRequest>(
        _ request: R, to instance: InstanceID? = nil, limitMs: Int = 2_000
    ) async throws(Refusal) -> R.Answer { throw Refusal(503, "bus-down", "not there yet") }
}
