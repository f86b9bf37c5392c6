import BusContract
import TelephonyModel

/// A user's live device leg and all his calls: the unit that one signaling replica owns. A value: reads no clock,
/// opens no socket, writes no log. `handle` takes an event and answers what to do about it.
public struct Seat: Codable, Sendable {
    public let user: UserID
    /// Grows with each new owner; 1 for the first.
    public let epoch: Int
    /// Of the newest checkpoint.
    public private(set) var revision = 0

    public init(user: UserID, epoch: Int = 1) { (self.user, self.epoch) = (user, epoch) }

    /// - Parameter now: milliseconds since the seat began; never runs backwards.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        [.defect("no call takes \(event)")]
    }

    /// All that makes the world match this value in a process that has just taken it over: armed timers, questions
    /// that wait for an answer, checkpoints that wait for a confirm.
    public func adopted(at now: Instant) -> [Effect] { [] }

    /// Whether no call runs: the driver may forget the seat once `Limit.memory` has passed.
    public var isIdle: Bool { true }
    /// Armed timers and their deadlines.
    public var timers: [TimerID: Instant] { [:] }
    /// The running calls, oldest first.
    public var running: [(picture: CallPicture, position: CallPosition)] { [] }
    /// The media instances that this seat has calls on.
    public var leases: [(instance: InstanceID, call: CallID)] { [] }
    /// Where a leg stands, also shortly after its call: for `leg.message`.
    public func standing(of leg: LegID) -> (role: LegRole, position: CallPosition)? { nil }
}
