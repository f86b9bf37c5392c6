import BusContract
import TelephonyModel

/// How one replica of signaling writes its seats down: which paper goes to the bus when, and who waits how long for it.
/// A value: reads no clock, opens no socket, keeps no closure.
///
/// Each seat has at most one paper out that the broker has not confirmed and at most one behind it; a newer one takes
/// that one's place. A claim carries the first checkpoint, and is sent again with each newer one until it is answered.
/// The driver hands `Seat.Effect.checkpoint` in as `write`, gives `written` to the seat as
/// `Seat.Event.checkpointConfirmed`, and calls `handle(.time, …)` at `deadline`.
public struct SeatStore: Sendable {
    public enum Event: Sendable, Hashable {
        // From the driver
        /// Begins a seat here. `name` is new (UUIDv7); `follows` as in `SeatClaim`; `first` unless there is nothing yet
        /// to write down.
        case claim(UserID, name: String, follows: Int?, first: SeatClaim.First?)
        case write(UserID, revision: Int, SeatValue)
        /// No call runs: the seat is let go. `value`: what is remembered of it.
        case end(UserID, revision: Int, SeatValue?)
        /// Another one has the seat, as the far sides say: nothing more is written.
        case forget(UserID)
        /// Without a fresh lease nothing waits for the broker.
        case passive(Bool)

        // From the bus
        /// The broker has the paper with this number, or (false) it was given up.
        case kept(UserID, paper: Int, Bool)
        case answered(SeatClaim.Answer)
        /// The bus is back: answers may have been lost meanwhile.
        case connected

        case time
    }

    public enum Paper: Sendable, Hashable {
        case claim(SeatClaim)
        case checkpoint(SeatCheckpoint)
        case end(SeatEnd)
    }

    public enum Effect: Sendable, Hashable {
        /// To `rufbus.seats`; `kept` with this number is the answer.
        case send(Paper, number: Int)
        /// This revision, and every lower one, can be found by whoever takes the seat over.
        case written(UserID, revision: Int)
        /// Who waits for this revision goes on without it: 250 ms have passed, or the replica is passive.
        case unprotected(UserID, revision: Int)
        /// The seat is ours, in this epoch. `found`: what was written of it before.
        case owned(UserID, epoch: Int, found: SeatCheckpoint?)
        /// The seat is another's: nothing of it is written here any more.
        case lost(UserID, to: SeatOwner, epoch: Int, isFree: Bool)
        /// The seat is let go, and the broker knows.
        case ended(UserID)
        /// What only a bug of the driver can do.
        case defect(String)
    }

    public struct Counters: Sendable, Hashable {
        /// Waits that ended without what they waited for.
        public var unprotected = 0
        /// Checkpoints that were never sent because a newer one took their place.
        public var replaced = 0
        /// Claims sent again.
        public var repeated = 0
        /// Papers that the bus gave up; they were sent again.
        public var givenUp = 0
        /// Seats that were granted here when nobody waited for them any more.
        public var givenBack = 0
    }

    public let owner: SeatOwner
    public private(set) var counters = Counters()
    private var seats: [UserID: SeatPapers] = [:]
    private var isPassive = false
    /// Of the last paper sent.
    private var number = 0

    public init(owner: SeatOwner) { self.owner = owner }

    /// - Parameter now: of one clock of the driver's; never runs backwards.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        var desk = Desk(owner: owner, now: now, isPassive: isPassive, number: number, counters: counters)
        switch event {
        case .claim(let seat, let name, let follows, let first):
            let claim = SeatClaim(seat: seat, claim: name, owner: owner, follows: follows, first: first)
            begin(claim, &desk)
        case .write(let seat, let revision, let value): tell(seat, &desk) { $0.write(revision, value, &$1) }
        case .end(let seat, let revision, let value): tell(seat, &desk) { $0.end(revision, value, &$1) }
        case .forget(let seat): seats[seat]?.forget(&desk)
        case .passive(let passive): turn(passive, &desk)
        case .kept(let seat, let paper, let yes): seats[seat]?.kept(paper, yes, &desk)
        case .answered(let answer): answered(answer, &desk)
        case .connected: tellAll(&desk) { $0.connected(&$1) }
        case .time: tellAll(&desk) { $0.time(&$1) }
        }
        for seat in desk.over { seats[seat] = nil }
        (number, counters) = (desk.number, desk.counters)
        return desk.effects
    }

    /// When `time` is due next.
    public var deadline: Instant? { seats.values.compactMap(\.deadline).min() }

    /// The epoch in which a seat is ours; nil while its claim is open, and for others' seats.
    public func epoch(of seat: UserID) -> Int? { seats[seat]?.epoch }

    /// Seats with a claim, an owner's papers, or a last paper that the broker does not have yet.
    public var count: Int { seats.count }

    private mutating func begin(_ claim: SeatClaim, _ desk: inout Desk) {
        if seats[claim.seat] == nil { seats[claim.seat] = SeatPapers(claim.seat) }
        seats[claim.seat]?.claim(claim, &desk)
    }

    private mutating func turn(_ passive: Bool, _ desk: inout Desk) {
        (isPassive, desk.isPassive) = (passive, passive)
        if passive { tellAll(&desk) { $0.waitNoMore(&$1) } }
    }

    private mutating func tell(
        _ seat: UserID, _ desk: inout Desk, _ work: (inout SeatPapers, inout Desk) -> Void
    ) {
        guard var papers = seats[seat] else { return desk.add(.defect("seat \(seat) is written and not claimed")) }
        work(&papers, &desk)
        seats[seat] = papers
    }

    private mutating func tellAll(_ desk: inout Desk, _ work: (inout SeatPapers, inout Desk) -> Void) {
        for seat in seats.keys.sorted() { tell(seat, &desk, work) }
    }

    /// One that nobody waits for any more (its seat was forgotten, or it came behind the answer to a later claim) must
    /// not leave the seat without anybody who knows that he owns it.
    private mutating func answered(_ answer: SeatClaim.Answer, _ desk: inout Desk) {
        if seats[answer.seat]?.answered(answer, &desk) == true { return }
        guard case .granted(let epoch, _) = answer.outcome, epoch > self.epoch(of: answer.seat) ?? 0 else { return }
        desk.counters.givenBack += 1
        _ = desk.send(.end(SeatEnd(seat: answer.seat, epoch: epoch, revision: 0, owner: owner)))
    }
}
