import CRabbitMQ

/// What a broker says of itself at login, "3.10.8": single active consumers on quorum queues and what we rely on in
/// them need RabbitMQ 3.10.
struct BrokerVersion: Comparable {
    static let oldest = BrokerVersion(major: 3, minor: 10)

    let major: Int
    let minor: Int

    init(major: Int, minor: Int) { (self.major, self.minor) = (major, minor) }

    /// Nil if the text does not begin with two numbers.
    init?(_ text: String) {
        let numbers = text.split(separator: ".").prefix(2).map { Int($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    static func < (a: BrokerVersion, b: BrokerVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }

    /// Why a broker with this name and version will not do, in words; nil if it will, or if it does not say.
    static func problem(product: String?, version: String?) -> String? {
        guard product == "RabbitMQ", let version, let known = BrokerVersion(version), known < oldest else { return nil }
        return "is RabbitMQ \(version), which is too old: update it to \(oldest.major).\(oldest.minor) or newer"
    }
}

extension Link {
    /// After the login.
    func checkVersion() throws(BusError) {
        let problem = BrokerVersion.problem(product: property("product"), version: property("version"))
        if let problem { throw BusError(.outdated, "bus.url: the broker at \(url.place) \(problem)") }
    }

    private func property(_ name: String) -> String? {
        let value = rufbus_server_property(state, name)
        return value.bytes == nil ? nil : String(value)
    }
}
