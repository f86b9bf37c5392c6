import BusContract
import TelephonyModel

/// Where the bus is and who we are on it.
public struct BusSettings: Sendable, Hashable {
    /// `amqp://user:password@host:port/vhost`, or `amqps://…` for TLS; what is no letter or digit in user, password and
    /// vhost percent-encoded.
    public var url: String
    /// The service's name in queues, keys and `source`: "signaling".
    public var service: String
    public var instance: InstanceID
    /// For `amqps://`.
    public var tls = TLS()
    /// Folder of the outbox file (`bus.outbox`); nil: durable events wait in memory only, and end with this process.
    public var outbox: String?
    public init(url: String, service: String, instance: InstanceID, tls: TLS = TLS(), outbox: String? = nil) {
        (self.url, self.service, self.instance) = (url, service, instance)
        (self.tls, self.outbox) = (tls, outbox)
    }

    /// PEM files for a connection with TLS: 1.2 or newer, the broker's certificate and name always checked.
    public struct TLS: Sendable, Hashable {
        /// Certificates of the authorities to trust (`bus.tls.ca`); nil: those that this machine trusts.
        public var authorities: String?
        /// Our own certificate and its key (`bus.tls.certificate`, `bus.tls.key`), if the broker asks for one.
        public var certificate: String?
        public var key: String?
        public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
            (self.authorities, self.certificate, self.key) = (authorities, certificate, key)
        }
    }
}
