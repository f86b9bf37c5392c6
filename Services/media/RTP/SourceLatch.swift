// Symmetric RTP (RFC 4961): we answer to where the far side's packets come from, and to nobody else's address.

/// An IPv4 address and UDP port, in host byte order.
public struct Endpoint: Hashable, Sendable {
    public let address: UInt32
    public let port: UInt16

    @_noLocks
    public init(address: UInt32, port: UInt16) { (self.address, self.port) = (address, port) }

    /// False for port 0 and 0.0.0.0, which are words of SDP for "send nothing".
    public var isReachable: Bool {
        @_noLocks get { address != 0 && port != 0 }
    }

    /// Equality for the real-time worker, which may not call the generic one.
    @_noLocks
    public func equals(_ other: Endpoint) -> Bool { address == other.address && port == other.port }
}

/// Whose packets a leg takes. The address of the SDP answer counts at once and takes the leg back from anybody; a
/// stranger (a far side behind NAT) must be first and send a few packets in a row, and then nobody else is heard: the
/// guard against RTP bleed, where whoever finds the port gets the call's audio.
public struct SourceLatch: Hashable, Sendable {
    /// Packets in sequence, of one source, that a stranger must send.
    static let proof = 4

    /// What the latched address rests on, weakest first.
    private enum Trust: UInt8 { case none, stranger, host, exact }

    /// What the far side's SDP says.
    public let expected: Endpoint
    private var latched: Endpoint
    private var trust = Trust.none
    private var candidate: Endpoint
    private var candidateSSRC: UInt32 = 0
    private var candidateNext: UInt16 = 0
    private var inRow = 0

    @_noLocks
    public init(expected: Endpoint) { (self.expected, latched, candidate) = (expected, expected, expected) }

    /// Where to send: to whom we hear, else to where the SDP says. Nil if the SDP says nowhere, also while we hear the
    /// far side: a phone that holds us may play its music.
    public var target: Endpoint? {
        @_noLocks get { expected.isReachable && latched.isReachable ? latched : nil }
    }

    /// Looks at a valid RTP packet.
    /// - Returns: false if it is to be refused.
    @_noLocks
    public mutating func accepts(_ source: Endpoint, ssrc: UInt32, sequenceNumber: UInt16) -> Bool {
        if trust.rawValue > 0, source.equals(latched) { return true }
        var claim = Trust.stranger
        if source.address == expected.address { claim = source.port == expected.port ? .exact : .host }
        guard claim.rawValue > trust.rawValue else { return false }
        if claim == .stranger, !proves(source, ssrc, sequenceNumber) { return false }
        (latched, trust) = (source, claim)
        return true
    }

    @_noLocks
    private mutating func proves(_ source: Endpoint, _ ssrc: UInt32, _ sequenceNumber: UInt16) -> Bool {
        let follows = inRow > 0 && source.equals(candidate) && ssrc == candidateSSRC && sequenceNumber == candidateNext
        inRow = follows ? inRow + 1 : 1
        (candidate, candidateSSRC, candidateNext) = (source, ssrc, sequenceNumber &+ 1)
        return inRow >= Self.proof
    }
}
