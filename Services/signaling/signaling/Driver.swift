import BusClient
import BusContract
import CallControl
import Logging
import SIPStack
import TelephonyModel

/// Gives every event to its seat and carries out what the seat says: the only place where SIP, bus, timers and call
/// control meet. Lives on the SIP stack's thread; others reach it through `LoopBound`.
final class Driver {
    let stack: SIPStack
    let bus: Bus
    let logger: Logger
    let directory: DirectoryCopy
    let trunks: TrunkBoard
    var seats: [UserID: SeatHolder] = [:]
    var legs = LegBook()
    var questions = Questions()
    var counters = Counters()
    let ladders = LadderReaders()
    /// Trunks that refused a caller's number, and at which state of the directory.
    var callersRefused: [TrunkID: Int] = [:]
    private var counterReport = CounterReport()
    /// Set by SIGTERM: no new work.
    var isEnding = false
    private var inbox: [(user: UserID, event: Seat.Event)] = []
    private var isWorking = false

    init(stack: SIPStack, bus: Bus, directory: DirectoryCopy, trunks: TrunkBoard, logger: Logger) {
        (self.stack, self.bus, self.directory, self.logger) = (stack, bus, directory, logger)
        self.trunks = trunks
        directory.changed { trunks.changed($0) }
    }

    /// On the loop, before the first request is read.
    func begin() {
        trunks.begin()
        trunks.isWanted = { [unowned self] in isCalled($0) }
        stack.isTrusted = { [unowned self] in isTrusted($0, $1) }
    }

    /// One event for a seat. Events that arise while another is carried out wait their turn. What all of them say to
    /// the bus leaves together.
    func tell(_ user: UserID, _ event: Seat.Event) {
        inbox.append((user, event))
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        bus.together { workOff() }
    }

    private func workOff() {
        while !inbox.isEmpty {
            let next = inbox.removeFirst()
            guard let holder = seats[next.user] else { continue }  // Forgotten meanwhile: its calls are long over.
            work(holder, next.event)
        }
    }

    /// Whether a leg of ours is being called, and not given up.
    func isCalled(_ leg: LegID) -> Bool {
        legs[leg].flatMap { seats[$0.user] }?.seat.isCalled(leg) == true
    }

    /// The user's seat, begun if there is none.
    func seat(of user: UserID) -> SeatHolder {
        if let holder = seats[user] { return holder }
        let holder = SeatHolder(Seat(user: user))
        seats[user] = holder
        return holder
    }

    private func work(_ holder: SeatHolder, _ event: Seat.Event) {
        let now = holder.clock.now
        holder.lastEventAt = now
        let effects = holder.seat.handle(event, at: now)
        EventLog.write(event, effects, of: holder, at: now, to: logger)
        for effect in effects {
            if case .defect(let what) = effect { report(what, event, holder) }
            carryOut(effect, holder)
        }
    }

    private func carryOut(_ effect: Seat.Effect, _ holder: SeatHolder) {
        switch effect {
        case .invite(let leg, let invitation): invite(leg, invitation, holder)
        case .acknowledge(let leg): stack.acknowledge(leg)
        case .cancel(let leg, let reason): cancel(leg, reason)
        case .provisional(let leg, let status): provisional(leg, status)
        case .accept(let leg, let local): accept(leg, local)
        case .refuse(let leg, let status, let reason): refuse(leg, status, reason)
        case .redirect(let leg, let number, let trunk): redirect(leg, to: number, trunk)
        case .callerNumberRefused(let trunk): callerNumberRefused(trunk)
        case .bye(let leg, let reason): stack.bye(leg, reason.map(ReasonHeader.init))
        case .forget(let leg): forget(leg)
        case .openMedia(let position, let legs): openMedia(position, legs)
        case .media(let position, let instance, let commands): media(position, instance, commands)
        case .closeMedia(let position, let instance): closeMedia(position, instance)
        case .reserve(let position, let wants, let evenIfFull): reserve(position, wants, evenIfFull)
        case .release(let position, let legs): release(position, legs)
        case .publish(let what, let picture, let position): publish(what, picture, position, holder)
        case .publishLeg(let what, let picture, let position): publish(what, picture, position, holder)
        // Nobody keeps checkpoints yet: taken for written at once.
        case .checkpoint(let revision): tell(holder.seat.user, .checkpointConfirmed(revision: revision))
        case .taken(let question, let picture, let position):
            questions.taken(question, picture.state(holder.clock.text), position)
        case .done(let question): questions.done(question)
        case .refused(let question, let refusal): questions.refused(question, refusal)
        case .arm(let timer, let deadline): arm(timer, deadline, holder)
        case .disarm(let timer): disarm(timer, holder)
        case .defect: break  // Reported with the event that led to it.
        }
    }

    private func report(_ defect: String, _ event: Seat.Event, _ holder: SeatHolder) {
        var metadata = event.call.map { self.metadata(of: $0, holder.seat.user) } ?? [:]
        metadata["seat"] = "\(holder.seat.user)"
        logger.error("defect: \(defect)", metadata: metadata)
    }

    // MARK: Timers

    private func arm(_ timer: TimerID, _ deadline: Instant, _ holder: SeatHolder) {
        disarm(timer, holder)
        let milliseconds = Int(max(0, deadline - holder.clock.now))
        holder.armed[timer] = stack.after(milliseconds: milliseconds) { [unowned self, unowned holder] in
            holder.armed[timer] = nil
            tell(holder.seat.user, .fired(timer))
        }
    }

    private func disarm(_ timer: TimerID, _ holder: SeatHolder) {
        if let armed = holder.armed.removeValue(forKey: timer) { stack.cancel(armed) }
    }

    // MARK: Every half second

    /// Keeps media leases, asks for the directory, forgets what is old.
    func tick() {
        let boot = SeatClock.boot()
        renewMedia()
        directory.tick(at: boot)
        legs.sweep(at: boot)
        let counted = TurnedAway(driver: counters, sip: stack.counters, bus: bus.counters)
        counterReport.report(counted, to: logger, at: boot)
        for (user, holder) in seats where holder.isForgettable { seats[user] = nil }
    }
}
