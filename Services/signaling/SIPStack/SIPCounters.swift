/// What the stack has counted since it started, and what it holds now.
public struct SIPCounters: Sendable, Hashable {
    /// Messages that are no SIP, or lack what RFC 3261 §8.1.1 demands.
    public var malformed = 0
    /// Bodies above 16 KiB: 413.
    public var bodyTooLarge = 0
    /// Header sections above 16 KiB: 400.
    public var headerTooLarge = 0
    /// Contacts that are neither sip: nor sips:.
    public var badContact = 0
    /// Requests outside of a dialog that we do not serve: 405, 481, 501.
    public var refusedRequests = 0
    /// INVITEs that the handler neither adopted nor refused.
    public var unclaimed = 0
    /// Legs and other dialogs that we keep a record of now.
    public var records = 0
    /// Handles of the library that exist now because of us.
    public var handles = 0
    public init() {}
}
