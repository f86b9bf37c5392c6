import BusContract
import TelephonyModel

/// The papers of one seat: its open claim or its epoch, what is out, what is behind it, and who waits.
struct SeatPapers: Sendable {
    /// Milliseconds that anybody waits for a paper.
    static let patience: Int64 = 250
    /// Milliseconds after which an unanswered claim is sent again: at first, and at most.
    static let repeats: (first: Int64, most: Int64) = (2_000, 30_000)
    /// Milliseconds after which a paper that the bus gave up is sent again.
    static let retry: Int64 = 1_000

    private struct OpenClaim {
        var claim: SeatClaim
        var repeatAt: Instant
        var repeatMs = SeatPapers.repeats.first
    }
    private enum Standing {
        /// Nothing is claimed, or no longer; a paper may still be out.
        case none
        case claiming(OpenClaim)
        case owned(epoch: Int)
    }
    private enum Content {
        /// Of a claim too; nil: a claim with nothing to write.
        case checkpoint(SeatClaim.First?)
        case end(revision: Int, SeatValue?)
    }
    private struct Wait {
        let revision: Int
        let until: Instant
    }

    private let seat: UserID
    private var standing = Standing.none
    private var out: (number: Int, content: Content)?
    private var behind: Content?
    /// In the order of their revisions.
    private var waits: [Wait] = []
    /// The highest revision that the broker has, while the claim that it went with is open.
    private var keptRevision: Int?
    /// After the bus has given a paper up.
    private var notBefore: Instant?
    /// A claim that stands behind the last paper of an earlier time here.
    private var next: SeatClaim?

    init(_ seat: UserID) { self.seat = seat }

    var epoch: Int? { if case .owned(let epoch) = standing { epoch } else { nil } }

    var deadline: Instant? {
        var times = waits.prefix(1).map(\.until)
        if let notBefore { times.append(notBefore) }
        if case .claiming(let open) = standing, out == nil { times.append(open.repeatAt) }
        return times.min()
    }

    private var isUnclaimed: Bool { if case .none = standing { true } else { false } }

    private var isEnding: Bool {
        if case .end = behind { return true }
        if case .end = out?.content { return true }
        return false
    }

    // MARK: From the driver

    mutating func claim(_ claim: SeatClaim, _ desk: inout Desk) {
        if isUnclaimed, out == nil {
            open(claim, &desk)
        } else if isUnclaimed || isEnding, next == nil {
            next = claim
        } else {
            return desk.add(.defect("seat \(seat) is claimed a second time"))
        }
        if let first = claim.first { wait(for: first.revision, &desk) }
    }

    mutating func write(_ revision: Int, _ value: SeatValue, _ desk: inout Desk) {
        let checkpoint = SeatClaim.First(revision: revision, value: value)
        if next != nil {
            next?.first = checkpoint
        } else {
            guard !isUnclaimed else { return desk.add(.defect("seat \(seat) is written and not claimed")) }
            guard !isEnding else { return desk.add(.defect("seat \(seat) is written after its end")) }
            if behind != nil { desk.counters.replaced += 1 }
            behind = .checkpoint(checkpoint)
        }
        wait(for: revision, &desk)
        sendNext(&desk)
    }

    mutating func end(_ revision: Int, _ value: SeatValue?, _ desk: inout Desk) {
        waits = []
        if next != nil {
            next = nil  // Never sent: nobody knows of it.
        } else {
            guard !isUnclaimed else { return desk.add(.defect("seat \(seat) is ended and not claimed")) }
            if behind != nil { desk.counters.replaced += 1 }
            behind = .end(revision: revision, value)
        }
        sendNext(&desk)
    }

    /// Nothing more is written, but what stands behind the last paper.
    mutating func letGo(_ desk: inout Desk) {
        (standing, behind, keptRevision, notBefore) = (.none, nil, nil, nil)
        if out == nil { over(&desk) }
    }

    mutating func forget(_ desk: inout Desk) {
        (waits, next) = ([], nil)
        letGo(&desk)
    }

    private mutating func wait(for revision: Int, _ desk: inout Desk) {
        waits.append(Wait(revision: revision, until: desk.now + Self.patience))
        if desk.isPassive { waitNoMore(&desk) }
    }

    // MARK: From the bus

    mutating func kept(_ number: Int, _ yes: Bool, _ desk: inout Desk) {
        guard let out, out.number == number else { return }
        self.out = nil
        if isUnclaimed { return over(&desk) }
        yes ? kept(out.content, &desk) : givenUp(out.content, &desk)
        sendNext(&desk)
    }

    private mutating func kept(_ content: Content, _ desk: inout Desk) {
        switch content {
        case .end:
            desk.add(.ended(seat))
            letGo(&desk)
        case .checkpoint(let checkpoint?):
            if epoch == nil { keptRevision = checkpoint.revision } else { written(checkpoint.revision, &desk) }
        case .checkpoint(nil): break
        }
    }

    private mutating func givenUp(_ content: Content, _ desk: inout Desk) {
        desk.counters.givenUp += 1
        notBefore = desk.now + Self.retry
        if behind == nil { behind = content }
    }

    /// False if this is no answer to what is asked.
    mutating func answered(_ answer: SeatClaim.Answer, _ desk: inout Desk) -> Bool {
        guard case .claiming(let open) = standing, open.claim.claim == answer.claim else { return false }
        switch answer.outcome {
        case .granted(let epoch, let found):
            standing = .owned(epoch: epoch)
            if !isEnding { desk.add(.owned(seat, epoch: epoch, found: found)) }
            if let keptRevision { written(keptRevision, &desk) }
            keptRevision = nil
            sendNext(&desk)
        case .lost(let owner, let epoch, let isFree):
            if !isEnding { desk.add(.lost(seat, to: owner, epoch: epoch, isFree: isFree)) }
            if next == nil { waits = [] }
            letGo(&desk)
        }
        return true
    }

    mutating func connected(_ desk: inout Desk) {
        if case .claiming(var open) = standing {
            (open.repeatAt, open.repeatMs) = (desk.now, Self.repeats.first)
            standing = .claiming(open)
        }
        sendNext(&desk)
    }

    // MARK: Time

    mutating func time(_ desk: inout Desk) {
        let late = waits.prefix { $0.until <= desk.now }
        waits.removeFirst(late.count)
        goOn(late, &desk)
        sendNext(&desk)
    }

    mutating func waitNoMore(_ desk: inout Desk) {
        goOn(waits[...], &desk)
        waits = []
    }

    private func goOn(_ late: ArraySlice<Wait>, _ desk: inout Desk) {
        desk.counters.unprotected += late.count
        for wait in late { desk.add(.unprotected(seat, revision: wait.revision)) }
    }

    // MARK: Sending

    private mutating func open(_ claim: SeatClaim, _ desk: inout Desk) {
        standing = .claiming(OpenClaim(claim: claim, repeatAt: desk.now + Self.repeats.first))
        out = (desk.send(.claim(claim)), .checkpoint(claim.first))
    }

    private mutating func sendNext(_ desk: inout Desk) {
        if let notBefore, notBefore > desk.now { return }
        notBefore = nil
        guard out == nil else { return }
        switch standing {
        case .none: break
        case .claiming(let open): claimAgain(open, &desk)
        case .owned(let epoch): send(in: epoch, &desk)
        }
    }

    /// With a newer checkpoint at once, else when it is time. An end waits for the answer: there is no epoch to end.
    private mutating func claimAgain(_ open: OpenClaim, _ desk: inout Desk) {
        var open = open
        if case .checkpoint(let newer) = behind {
            behind = nil
            open.claim.first = newer ?? open.claim.first
        } else if open.repeatAt > desk.now {
            return
        }
        open.repeatAt = desk.now + open.repeatMs
        open.repeatMs = min(open.repeatMs * 2, Self.repeats.most)
        standing = .claiming(open)
        desk.counters.repeated += 1
        out = (desk.send(.claim(open.claim)), .checkpoint(open.claim.first))
    }

    private mutating func send(in epoch: Int, _ desk: inout Desk) {
        guard let content = behind else { return }
        behind = nil
        switch content {
        case .checkpoint(nil): break  // A claim that was given up, and then answered all the same.
        case .checkpoint(let checkpoint?):
            let paper = SeatCheckpoint(
                seat: seat, epoch: epoch, revision: checkpoint.revision, owner: desk.owner, value: checkpoint.value)
            out = (desk.send(.checkpoint(paper)), content)
        case .end(let revision, let value):
            let paper = SeatEnd(seat: seat, epoch: epoch, revision: revision, owner: desk.owner, value: value)
            out = (desk.send(.end(paper)), content)
        }
    }

    // MARK: What follows

    private mutating func written(_ revision: Int, _ desk: inout Desk) {
        waits.removeAll { $0.revision <= revision }
        desk.add(.written(seat, revision: revision))
    }

    /// The last paper is there: the seat is nobody's here, unless a claim stands behind.
    private mutating func over(_ desk: inout Desk) {
        guard let claim = next else { return desk.over.append(seat) }
        next = nil
        open(claim, &desk)
    }
}
