import TelephonyModel

/// `service.x.alive.<service>.<instance>`: every second, with confirm.
public struct ServiceAlive: Codable, Hashable, Sendable {
    public static let type = "rufbus.service.alive.v1"
    public var service: String
    public var instance: InstanceID
    /// A new one for each start of the process (UUIDv7).
    public var incarnation: String
    /// RFC 3339.
    public var startedAt: String
    /// Checkpoint formats that this replica reads; the lowest common one is written.
    public var formats: [Int]
    public init(service: String, instance: InstanceID, incarnation: String, startedAt: String, formats: [Int] = [1]) {
        (self.service, self.instance, self.incarnation) = (service, instance, incarnation)
        (self.startedAt, self.formats) = (startedAt, formats)
    }
}

/// What is sent once per durable queue at connect, `mandatory`, to see that the queue is fed; consumers drop it.
public struct Probe: Codable, Hashable, Sendable {
    public static let type = "rufbus.probe.v1"
    public init() {}
}

/// A message that could not be handled, on `rufbus.dead`.
public struct DeadMessage: Codable, Hashable, Sendable {
    public static let type = "rufbus.dead.v1"
    /// Its first exchange and routing key.
    public var exchange: String
    public var key: String
    public var why: String
    /// The bytes, base64; empty for a request and for what is written about a seat, which may hold a password or the
    /// number of a device.
    public var body: String
    public init(exchange: String, key: String, why: String, body: String) {
        (self.exchange, self.key, self.why, self.body) = (exchange, key, why, body)
    }
}
