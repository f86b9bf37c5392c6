import BusContract
import TelephonyModel

/// Where a call has been in this house before its INVITE arrived: whether it runs in a circle.
public struct CallTrail: Hashable, Sendable {
    /// Whose calls it went on from: the user who called his colleague, or whose fallback it is.
    public var users: Set<UserID> = []
    /// Whether it went on from a phone that we ring for such a user and that has not answered.
    public var comesFromDevice = false
    /// How often it was diverted so far (RFC 5806 §4: the counters of all its diversions).
    public var diversions = 0

    public init() {}

    /// More than this is no route that somebody meant.
    static let longest = 5

    /// A phone that we ring and that passes the call on counts as unreachable (PRODUCT §3.7). A call to a colleague, or
    /// a fallback to him, comes back rightly, but never to a user whom it has passed.
    public func isLoop(to user: UserID) -> Bool {
        comesFromDevice || users.contains(user) || diversions > Self.longest
    }
}
