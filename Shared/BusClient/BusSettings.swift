import BusContract
import TelephonyModel

/// Where the bus is and who we are on it.
public struct BusSettings: Sendable, Hashable {
    /// `amqp://user:password@host:port/vhost`; what is no letter or digit in user, password and vhost percent-encoded.
    public var url: String
    /// The service's name in queues, keys and `source`: "signaling".
    public var service: String
    public var instance: InstanceID
    public init(url: String, service: String, instance: InstanceID) {
        (self.url, self.service, self.instance) = (url, service, instance)
    }
}
