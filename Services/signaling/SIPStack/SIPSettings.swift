/// Where the SIP stack listens and what it says about itself.
public struct SIPSettings: Sendable, Hashable {
    /// IPv4 literal to bind, also the host of Contact, From and P-Asserted-Identity.
    public var address: String
    /// UDP port.
    public var port: UInt16
    /// User-Agent and Server.
    public var userAgent: String

    public init(address: String, port: UInt16, userAgent: String = "Rufbus") {
        (self.address, self.port, self.userAgent) = (address, port, userAgent)
    }

    /// Largest start line with all headers that is taken, in bytes.
    static let largestHeader = 16 * 1024
    /// Largest body that is taken, in bytes.
    static let largestBody = 16 * 1024
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
            "SIP cannot listen on \(address):\(port): set sip.address to an address of this machine and sip.port to "
                + "a UDP port that is free."
        case .noResources:
            "SIP cannot start: no socket or no memory. Raise the limits of this process."
        }
    }
}
