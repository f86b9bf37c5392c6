import TelephonyModel

/// Where the SIP stack listens and what it says about itself.
public struct SIPSettings: Sendable, Hashable {
    /// IPv4 literal to bind, also the host of Contact, From and P-Asserted-Identity.
    public var address: String
    /// UDP port.
    public var port: UInt16
    /// User-Agent and Server.
    public var userAgent: String
    /// How often the far side of a standing call is asked with OPTIONS whether it still has it, in seconds; 0: never.
    public var optionsSeconds: Int
    /// TCP port; nil: no TCP, neither way. With `tls` it is `port` or nil: the library opens two ports at most.
    public var tcpPort: UInt16?
    /// Nil: no TLS, neither way.
    public var tls: SIPTLS?

    public init(
        address: String, port: UInt16, tcpPort: UInt16? = nil, tls: SIPTLS? = nil, userAgent: String = "Rufbus",
        optionsSeconds: Int = 0
    ) {
        (self.address, self.port, self.userAgent, self.optionsSeconds) = (address, port, userAgent, optionsSeconds)
        (self.tcpPort, self.tls) = (tcpPort, tls)
    }

    /// Largest start line with all headers that is taken, in bytes.
    static let largestHeader = 16 * 1024
    /// Largest body that is taken, in bytes.
    static let largestBody = 16 * 1024

    /// Our port of a transport; nil: it is off.
    func port(_ transport: Transport) -> UInt16? {
        switch transport {
        case .udp: port
        case .tcp: tcpPort
        case .tls: tls?.port
        }
    }
}

/// Why the stack did not start.
public enum SIPStackError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The port is taken, or the address is not one of this machine.
    case cannotBind(address: String, port: UInt16)
    /// The operating system refused a socket or memory.
    case noResources

    public var description: String {
        switch self {
        case .cannotBind(let address, let port):
            "SIP cannot listen on \(address):\(port): set sip.address to an address of this machine, and sip.port, "
                + "sip.tcp.port and sip.tls.port to ports that are free."
        case .noResources:
            "SIP cannot start: no socket or no memory. Raise the limits of this process."
        }
    }
}
