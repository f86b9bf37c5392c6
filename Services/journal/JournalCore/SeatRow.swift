import BusContract
import TelephonyModel

/// How far a seat's row is. Every change of a row makes it greater, so that it also says which state was read.
public struct SeatVersion: Hashable, Comparable, Sendable {
    public let epoch: Int
    public let revision: Int
    /// Claims refused since then.
    public let refusals: Int
    public init(epoch: Int, revision: Int, refusals: Int = 0) {
        (self.epoch, self.revision, self.refusals) = (epoch, revision, refusals)
    }
    public static func < (a: SeatVersion, b: SeatVersion) -> Bool {
        (a.epoch, a.revision, a.refusals) < (b.epoch, b.revision, b.refusals)
    }
}

/// What came over `rufbus.seats`.
public enum SeatMessage: Hashable, Sendable {
    case claim(SeatClaim)
    case checkpoint(SeatCheckpoint)
    case end(SeatEnd)

    public var seat: UserID {
        switch self {
        case .claim(let claim): claim.seat
        case .checkpoint(let checkpoint): checkpoint.seat
        case .end(let end): end.seat
        }
    }
}

/// One seat as it is kept: who owns it, in which epoch, and what was written down last. Never deleted, so that the
/// epoch only grows. The same messages in the same order make the same row, in whatever pieces they come, and a message
/// that comes again changes nothing.
public struct SeatRow: Hashable, Sendable {
    public let seat: UserID
    public private(set) var version: SeatVersion
    /// Nil before the first claim.
    public private(set) var owner: SeatOwner?
    /// Whether nobody owns it now; then `owner` is who did last.
    public private(set) var isFree: Bool
    /// The claim that the owner got it by.
    public private(set) var claim: String?
    /// Claims that were refused, or granted before, newest first: one that comes again is not granted (again).
    public private(set) var settledClaims: [String]
    /// The newest checkpoint, of whatever epoch.
    public private(set) var newest: SeatCheckpoint?
    /// What the owner was given with its claim; until it shows, by a checkpoint, that it knows.
    public private(set) var found: SeatCheckpoint?

    /// More than can be on their way again of one seat, in practice.
    static let rememberedClaims = 16

    /// A seat that nobody has claimed yet.
    public init(_ seat: UserID) {
        self.init(
            seat: seat, version: SeatVersion(epoch: 0, revision: 0), owner: nil, isFree: true, claim: nil,
            settledClaims: [], newest: nil, found: nil)
    }

    public init(
        seat: UserID, version: SeatVersion, owner: SeatOwner?, isFree: Bool, claim: String?, settledClaims: [String],
        newest: SeatCheckpoint?, found: SeatCheckpoint?
    ) {
        (self.seat, self.version, self.owner, self.isFree) = (seat, version, owner, isFree)
        (self.claim, self.settledClaims, self.newest, self.found) = (claim, settledClaims, newest, found)
    }

    public enum Outcome: Hashable, Sendable {
        case written
        /// It came before, or something newer of the same owner did.
        case repeated
        /// Of an earlier epoch: its writer has lost the seat.
        case superseded
        /// Of another owner in this epoch, which cannot be while epochs are granted here.
        case foreign
        case answered(SeatClaim.Answer)
    }

    public mutating func take(_ message: SeatMessage) -> Outcome {
        switch message {
        case .claim(let claim): .answered(.init(seat: seat, claim: claim.claim, outcome: take(claim)))
        case .checkpoint(let checkpoint): take(checkpoint)
        case .end(let end): take(end)
        }
    }

    // MARK: Claims

    private mutating func take(_ claim: SeatClaim) -> SeatClaim.Outcome {
        if claim.claim == self.claim { return again(claim) }
        let isSettled = settledClaims.contains(claim.claim)
        guard let owner, isSettled || !isOpen(to: claim) else { return grant(claim) }
        if !isSettled { refuse(claim) }
        return .lost(to: owner, epoch: version.epoch, isFree: isFree)
    }

    /// Remembered: granted after all when it comes again, nobody might know that he owns the seat.
    private mutating func refuse(_ claim: SeatClaim) {
        settle(claim.claim)
        version = SeatVersion(epoch: version.epoch, revision: version.revision, refusals: version.refusals + 1)
    }

    private mutating func settle(_ claim: String) {
        settledClaims = Array(([claim] + settledClaims).prefix(Self.rememberedClaims))
    }

    /// A new process of the owner's instance need not wait for its predecessor: two cannot be on the bus at once.
    private func isOpen(to claim: SeatClaim) -> Bool {
        if let follows = claim.follows { return follows >= version.epoch }
        return isFree || owner?.instance == claim.owner.instance
    }

    private mutating func grant(_ claim: SeatClaim) -> SeatClaim.Outcome {
        let epoch = max(version.epoch, claim.follows ?? 0) + 1
        if let before = self.claim { settle(before) }
        (owner, isFree, self.claim, found) = (claim.owner, false, claim.claim, newest)
        version = SeatVersion(epoch: epoch, revision: 0)
        write(claim.first)
        return .granted(epoch: epoch, found: found)
    }

    /// The claim that made the present epoch: its answer was lost, or it brings a newer checkpoint.
    private mutating func again(_ claim: SeatClaim) -> SeatClaim.Outcome {
        if !isFree { write(claim.first) }
        return .granted(epoch: version.epoch, found: found)
    }

    private mutating func write(_ first: SeatClaim.First?) {
        guard let first, first.revision > version.revision, let owner else { return }
        version = SeatVersion(epoch: version.epoch, revision: first.revision)
        newest = SeatCheckpoint(
            seat: seat, epoch: version.epoch, revision: first.revision, owner: owner, value: first.value)
    }

    // MARK: Checkpoints and ends

    private mutating func take(_ checkpoint: SeatCheckpoint) -> Outcome {
        let new = SeatVersion(epoch: checkpoint.epoch, revision: checkpoint.revision)
        if let reason = refusal(checkpoint.epoch, checkpoint.owner) { return reason }
        guard new > version, !(isFree && new.epoch == version.epoch) else { return .repeated }
        hold(new, checkpoint.owner, isFree: false)
        newest = checkpoint
        return .written
    }

    private mutating func take(_ end: SeatEnd) -> Outcome {
        if let reason = refusal(end.epoch, end.owner) { return reason }
        let isNew = end.epoch > version.epoch
        guard isNew || !isFree else { return .repeated }
        let revision = isNew ? end.revision : max(end.revision, version.revision + 1)
        hold(SeatVersion(epoch: end.epoch, revision: revision), end.owner, isFree: true)
        if let value = end.value {
            newest = SeatCheckpoint(seat: seat, epoch: end.epoch, revision: revision, owner: end.owner, value: value)
        }
        return .written
    }

    private func refusal(_ epoch: Int, _ owner: SeatOwner) -> Outcome? {
        if epoch < version.epoch { return .superseded }
        return epoch == version.epoch && owner != self.owner ? .foreign : nil
    }

    /// A higher epoch than the row's is one that was granted once: the database was restored from before it.
    private mutating func hold(_ new: SeatVersion, _ owner: SeatOwner, isFree: Bool) {
        if new.epoch > version.epoch { claim = nil }
        (version, self.owner, self.isFree, found) = (new, owner, isFree, nil)
    }
}
