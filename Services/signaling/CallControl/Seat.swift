import BusContract
import TelephonyModel

/// A user's live device leg and all his calls: the unit that one signaling replica owns. A value: reads no clock,
/// opens no socket, writes no log. `handle` takes an event and answers what to do about it.
public struct Seat: Codable, Sendable {
    public let user: UserID
    /// Grows with each new owner; 1 for the first. What presence, media and the journal are told carries it, so that
    /// an owner of before is refused.
    public private(set) var epoch: Int
    /// Of the newest checkpoint.
    public private(set) var revision = 0
    /// Oldest first.
    var calls: [Call] = []
    /// Oldest first, at most `Limit.remembered`.
    var finished: [FinishedCall] = []

    public init(user: UserID, epoch: Int = 1) { (self.user, self.epoch) = (user, epoch) }

    /// Each verb is answered exactly once, each leg gets one `leg.ended`, each call one `call.ended` after them.
    /// - Parameter now: milliseconds since the seat began; never runs backwards.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        var work = Work(at: now, revision: revision, calls)
        forgetOld(now)
        switch event {
        case .originate(let wish, let profile, let shown, let question):
            originate(wish, profile, shown, question, &work)
        case .clear(let call, let question): clear(call, question, &work)
        case .decline(let call, let question): decline(call, question, &work)
        case .deflect(let call, let to, let question): deflect(call, to, question, &work)
        case .invited(let arrival, let profile): invited(arrival, profile, &work)
        case .checkpointConfirmed(let revision):
            for index in calls.indices { calls[index].checkpointConfirmed(revision, &work) }
        default: pass(event, &work)
        }
        retire(&work)
        revision = work.revision
        return work.effects
    }

    /// All that makes the world match this value in a process that has just taken it over: armed timers, questions
    /// that wait for an answer, checkpoints that wait for a confirm. Each may be carried out twice.
    /// - Parameter epoch: in which the new owner was granted the seat; higher than the one before.
    public mutating func adopted(in epoch: Int, at now: Instant) -> [Effect] {
        guard epoch > self.epoch else { return [.defect("epoch \(epoch) follows \(self.epoch) of seat \(user)")] }
        self.epoch = epoch
        var work = Work(at: now, revision: revision)
        for index in calls.indices { calls[index].adopted(in: epoch, &work) }
        for index in finished.indices { finished[index].adopted(in: epoch, &work) }
        return work.effects
    }

    // MARK: What stands

    /// Whether no call runs: the driver may forget the seat once `Limit.memory` has passed.
    public var isIdle: Bool { calls.isEmpty }

    /// Armed timers and their deadlines.
    public var timers: [TimerID: Instant] {
        var timers: [TimerID: Instant] = [:]
        for call in calls {
            for (what, deadline) in call.timers { timers[TimerID(call.id, what)] = deadline }
        }
        return timers
    }

    /// The running calls, oldest first.
    public var running: [(picture: CallPicture, position: CallPosition)] { calls.map { ($0.picture, $0.position) } }

    /// The media instances that this seat has calls on.
    public var leases: [(instance: InstanceID, call: CallID)] {
        calls.compactMap { call in
            guard case .open(let instance, _) = call.media else { return nil }
            return (instance, call.id)
        }
    }

    /// Where a leg stands, also shortly after its call: for `leg.message`.
    public func standing(of leg: LegID) -> (role: LegRole, position: CallPosition)? {
        for call in calls {
            if let key = call.key(of: leg) { return (key.role, call.position) }
        }
        for call in finished.reversed() {
            if let picture = call.leg(leg) { return (picture.role, call.position) }
        }
        return nil
    }

    /// Whether a leg of ours is being called now: INVITE sent, neither answered nor given up.
    public func isCalled(_ leg: LegID) -> Bool {
        guard let call = calls.first(where: { $0.id == leg.call }), let key = call.key(of: leg) else { return false }
        return call[key]?.isCalling == true
    }

    // MARK: Memory

    /// Calls that have just ended become memory.
    private mutating func retire(_ work: inout Work) {
        guard calls.contains(where: \.isOver) else { return }
        finished += calls.filter(\.isOver).map { FinishedCall($0, at: work.now) }
        calls.removeAll(where: \.isOver)
        finished.removeFirst(max(0, finished.count - Limit.remembered))
    }

    private mutating func forgetOld(_ now: Instant) {
        guard let oldest = finished.first, now - oldest.at > Limit.memory else { return }
        finished.removeAll { now - $0.at > Limit.memory }
    }
}
