/// What the stack has counted since it started, and what it holds now.
public struct SIPCounters: Sendable, Hashable {
    /// Datagrams that are no SIP message, or lack what RFC 3261 §8.1.1 demands: 400 or dropped.
    public var malformed = 0
    /// Bodies above 16 KiB: 413, or dropped if it was an ACK or a response.
    public var bodyTooLarge = 0
    /// Header sections above 16 KiB: 400, or dropped if it was an ACK or a response.
    public var headerTooLarge = 0
    /// Messages that set a dialog's target, whose Contact is neither sip: nor sips:, or is missing.
    public var badContact = 0
    /// Requests that we do not serve, within or outside of a dialog: 405, 481, 501.
    public var notServed = 0
    /// Who would take over a call: Replaces, or requests for a dialog from an address that is not its far side's: 481.
    public var strangers = 0
    /// INVITEs that the handler neither adopted nor refused: 500.
    public var unclaimed = 0
    /// Requests from addresses that no trunk allows: dropped.
    public var unadmitted = 0
    /// TCP and TLS connections from addresses that may not connect: shut down.
    public var strangerConnections = 0
    /// The 65th connection of an address, and the 1,025th of all: shut down.
    public var crowdedConnections = 0
    /// Connections whose far side said no whole message in 10 s, or did not end one in 15 s: shut down.
    public var silentConnections = 0
    /// Events and posted works that took the loop longer than 1 ms.
    public var slow = 0
    /// Dialogs that we keep a record of now.
    public var records = 0
    /// Handles of the library that exist now because of us.
    public var handles = 0
    public init() {}
}
