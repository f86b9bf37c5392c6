import TelephonyModel

// What goes over `rufbus.seats`: one road for all that is said about a seat, so that a claim stands behind every
// checkpoint that the broker confirmed before it.

/// One process of signaling: who owns a seat.
public struct SeatOwner: Codable, Hashable, Sendable, CustomStringConvertible {
    public var instance: InstanceID
    /// Tells the starts of one instance apart (UUIDv7), as in `ServiceAlive`.
    public var incarnation: String
    public init(instance: InstanceID, incarnation: String) {
        (self.instance, self.incarnation) = (instance, incarnation)
    }
    public var description: String { "\(instance) (\(incarnation))" }
}

/// A seat as its owner wrote it down: whoever keeps it looks at none of it but `calls`.
public struct SeatValue: Codable, Hashable, Sendable {
    /// Which form `text` has: one of the formats that `ServiceAlive` names.
    public var format: Int
    /// The seat with its timers, dialogs and unconfirmed events. Format 1: JSON.
    public var text: String
    /// The running calls, oldest first.
    public var calls: [CallID]
    public init(format: Int = 1, text: String, calls: [CallID]) {
        (self.format, self.text, self.calls) = (format, text, calls)
    }
}

/// `seat.<p>.checkpoint.<seat>`: the seat as it is now. Of two checkpoints the one with the higher (epoch, revision)
/// is true; one of an earlier epoch, or of another owner in the same epoch, is passed over.
public struct SeatCheckpoint: Codable, Hashable, Sendable {
    public static let type = "rufbus.seat.checkpoint.v1"
    public var seat: UserID
    public var epoch: Int
    /// Counts the checkpoints of one epoch from 1.
    public var revision: Int
    public var owner: SeatOwner
    public var value: SeatValue
    public init(seat: UserID, epoch: Int, revision: Int, owner: SeatOwner, value: SeatValue) {
        (self.seat, self.epoch, self.revision) = (seat, epoch, revision)
        (self.owner, self.value) = (owner, value)
    }
}

/// `seat.<p>.claim.<seat>`: somebody wants to own the seat. Answered, after the commit, on `rufbus.replies`.
///
/// Without `follows` a claim is granted if nobody owns the seat (or its owner was of the claimer's own instance); with
/// it, if nobody has claimed the seat since that epoch. Of any number of claimers of one epoch one gets it.
public struct SeatClaim: Codable, Hashable, Sendable {
    public static let type = "rufbus.seat.claim.v1"
    public static let replyType = BusRequestType.reply(to: type)
    public var seat: UserID
    /// Names the claim (UUIDv7). Sent again under the same name it is the same claim: it is answered with what was
    /// granted, and a newer `first` is taken as a checkpoint.
    public var claim: String
    public var owner: SeatOwner
    /// The epoch whose owner is held to be gone; the claim is for the next one.
    public var follows: Int?
    /// The claimer's first checkpoint, if it has something to write already.
    public var first: First?

    public struct First: Codable, Hashable, Sendable {
        public var revision: Int
        public var value: SeatValue
        public init(revision: Int, value: SeatValue) { (self.revision, self.value) = (revision, value) }
    }

    public init(seat: UserID, claim: String, owner: SeatOwner, follows: Int? = nil, first: First? = nil) {
        (self.seat, self.claim, self.owner) = (seat, claim, owner)
        (self.follows, self.first) = (follows, first)
    }

    public struct Answer: Codable, Hashable, Sendable {
        public var seat: UserID
        public var claim: String
        public var outcome: Outcome
        public init(seat: UserID, claim: String, outcome: Outcome) {
            (self.seat, self.claim, self.outcome) = (seat, claim, outcome)
        }
    }

    public enum Outcome: Codable, Hashable, Sendable {
        /// The claimer owns the seat in this epoch. `found`: the newest checkpoint before, of whatever epoch; nil if
        /// the seat was never written down.
        case granted(epoch: Int, found: SeatCheckpoint?)
        /// Another one has it. `isFree`: it has let go since, and the seat can be claimed without `follows`.
        case lost(to: SeatOwner, epoch: Int, isFree: Bool)
    }
}

/// `seat.<p>.end.<seat>`: its owner lets the seat go; no call runs. The epoch stays, for the next one.
public struct SeatEnd: Codable, Hashable, Sendable {
    public static let type = "rufbus.seat.end.v1"
    public var seat: UserID
    public var epoch: Int
    /// One more than that of the last checkpoint.
    public var revision: Int
    public var owner: SeatOwner
    /// What is remembered of the last calls; nil: the last checkpoint says it.
    public var value: SeatValue?
    public init(seat: UserID, epoch: Int, revision: Int, owner: SeatOwner, value: SeatValue? = nil) {
        (self.seat, self.epoch, self.revision) = (seat, epoch, revision)
        (self.owner, self.value) = (owner, value)
    }
}

/// What is said on `rufbus.seats`; the second word but one of the key.
public enum SeatWhat: String, Codable, Sendable, CaseIterable {
    case claim, checkpoint, end
}
