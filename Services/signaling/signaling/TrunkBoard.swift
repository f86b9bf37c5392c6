import BusClient
import BusContract
import Logging
import SIPStack
import TelephonyModel
import TrunkControl

/// All trunks of the directory: carries out what their keepers say, and knows which target an INVITE is at. On the
/// loop's thread.
final class TrunkBoard {
    /// A keeper with what only its driver knows.
    private final class Desk {
        var keeper: TrunkKeeper
        let clock = SeatClock()
        var armed: [TrunkKeeper.Timer: LoopTimerID] = [:]
        let callID = uuid7()
        var sequence = 0
        var toldState: TrunkState.State?
        /// As it registered last: no call reads a file.
        var credentials: SIPCredentials?
        init(_ keeper: TrunkKeeper) { self.keeper = keeper }
    }

    /// How long a target may take to OPTIONS, and a registrar to REGISTER.
    private static let patienceMs = 5_000

    let stack: SIPStack
    let logger: Logger
    private let bus: Bus
    private let secrets: TrunkSecrets
    private var strangers: Strangers
    private var desks: [TrunkID: Desk] = [:]
    var journeys: [LegID: TrunkJourney] = [:]
    /// Whether a leg's user still waits: a CANCEL that waits for its first provisional answer (RFC 3261 §9.1) is not
    /// seen by a journey.
    var isWanted: (LegID) -> Bool = { _ in true }
    private var unregistering = 0
    private var waiting: [(desk: Desk, event: TrunkKeeper.Event)] = []
    private var isWorking = false

    init(stack: SIPStack, bus: Bus, settings: TrunkSettings, logger: Logger) {
        (self.stack, self.bus, self.logger) = (stack, bus, logger)
        (secrets, strangers) = (TrunkSecrets(folder: settings.secrets), Strangers(settings.strangers))
    }

    /// On the loop, before the first request is read.
    func begin() {
        stack.admit { [unowned self] in strangers.admission($0, at: SeatClock.boot()) }
    }

    // MARK: The directory

    func changed(_ directory: Directory) {
        strangers.rules = directory.sources
        for trunk in directory.trunks { keep(trunk) }
        let ids = Set(directory.trunks.map(\.trunk))
        for (id, desk) in desks where !ids.contains(id) {
            tell(desk, .ended)
            desks[id] = nil
        }
    }

    private func keep(_ trunk: DirectoryTrunk) {
        if let desk = desks[trunk.trunk] { return tell(desk, .changed(trunk)) }
        var effects: [TrunkKeeper.Effect] = []
        let desk = Desk(TrunkKeeper(trunk, at: Instant(milliseconds: 0), effects: &effects))
        desks[trunk.trunk] = desk
        work { carryOut(effects, desk) }
    }

    /// Whether no registrar is being told that we go.
    var isQuiet: Bool { unregistering == 0 }

    /// Unregisters.
    func end() {
        for desk in desks.values { tell(desk, .ended) }
        desks = [:]
    }

    // MARK: Keepers

    private func tell(_ desk: Desk, _ event: TrunkKeeper.Event) {
        waiting.append((desk, event))
        work {}
    }

    /// What is answered at once, while effects are carried out, waits until all of them are.
    private func work(_ first: () -> Void) {
        guard !isWorking else { return first() }
        isWorking = true
        first()
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            carryOut(next.desk.keeper.handle(next.event, at: next.desk.clock.now), next.desk)
        }
        isWorking = false
    }

    private func carryOut(_ effects: [TrunkKeeper.Effect], _ desk: Desk) {
        for effect in effects {
            switch effect {
            case .ask(let target): ask(desk, target)
            case .register(let target, let expirySeconds): register(desk, target, expirySeconds)
            case .tell(let state, let target, let since, let sentence): publish(desk, state, target, since, sentence)
            case .arm(let timer, let deadline): arm(desk, timer, deadline)
            case .disarm(let timer): disarm(desk, timer)
            }
        }
    }

    private func arm(_ desk: Desk, _ timer: TrunkKeeper.Timer, _ deadline: Instant) {
        disarm(desk, timer)
        let milliseconds = Int(max(0, deadline - desk.clock.now))
        desk.armed[timer] = stack.after(milliseconds: milliseconds) { [unowned self, weak desk] in
            guard let desk else { return }
            desk.armed[timer] = nil
            tell(desk, .fired(timer))
        }
    }

    private func disarm(_ desk: Desk, _ timer: TrunkKeeper.Timer) {
        if let armed = desk.armed.removeValue(forKey: timer) { stack.cancel(armed) }
    }

    private func ask(_ desk: Desk, _ target: Int) {
        let facts = desk.keeper.trunk
        stack.options(SIPTarget(facts.targets[target]), limitMs: Self.patienceMs) { [unowned self, weak desk] answer in
            guard let desk, desk.keeper.trunk.targets == facts.targets else { return }
            tell(desk, .asked(target: target, TargetAnswer(answer)))
        }
    }

    private func register(_ desk: Desk, _ target: Int, _ expirySeconds: Int) {
        let facts = desk.keeper.trunk
        guard let registration = facts.registration else { return }
        desk.sequence += 10  // Each may be followed by one with an answer to a challenge.
        do throws(TrunkSecrets.Missing) {
            let password = try secrets.password(of: facts.trunk)
            desk.credentials = SIPCredentials(user: registration.authUser ?? registration.user, password: password)
            let wish = SIPRegistration(
                target: SIPTarget(facts.targets[target]), domain: registration.domain, user: registration.user,
                expirySeconds: expirySeconds, credentials: desk.credentials, callID: desk.callID,
                sequence: desk.sequence)
            unregistering += expirySeconds == 0 ? 1 : 0
            stack.register(wish, limitMs: Self.patienceMs) { [unowned self, weak desk] answer in
                unregistering -= expirySeconds == 0 ? 1 : 0
                guard let desk, desk.keeper.trunk.targets == facts.targets, expirySeconds > 0 else { return }
                tell(desk, .registered(target: target, TargetAnswer(answer)))
            }
        } catch {
            desk.credentials = nil
            tell(desk, .registered(target: target, TargetAnswer(401, isLocal: true, detail: error.sentence)))
        }
    }

    private func publish(
        _ desk: Desk, _ state: TrunkState.State, _ target: Int?, _ since: Instant, _ sentence: String
    ) {
        let facts = desk.keeper.trunk
        let place = target.map { facts.targets[$0].text }
        let told = TrunkState(
            trunk: facts.trunk, state: state, target: place, since: desk.clock.text(since), sentence: sentence)
        bus.publish(told, type: TrunkState.type, key: RoutingKey.trunkState(facts.trunk), durable: false)
        guard desk.toldState != state else { return }
        desk.toldState = state
        let level: Logger.Level = state == .up || state == .registering ? .info : .warning
        logger.log(level: level, "\(sentence)", metadata: ["trunk": "\(facts.trunk)", "state": "\(state.rawValue)"])
    }

    // MARK: For calls

    /// Whether the trunk has just said that it has no line.
    func isFull(_ trunk: TrunkID) -> Bool {
        desks[trunk].map { $0.keeper.isFull(at: $0.clock.now) } ?? false
    }

    /// Where an INVITE goes next, and what its challenge is answered with.
    func next(_ trunk: TrunkID, besides tried: Set<Int>) -> (position: Int, target: TrunkTarget, SIPCredentials?)? {
        guard let desk = desks[trunk], let position = desk.keeper.target(besides: tried, at: desk.clock.now) else {
            return nil
        }
        let facts = desk.keeper.trunk
        // Without a password a challenge is a refusal; the trunk's state says why.
        return (position, facts.targets[position], facts.registration == nil ? nil : desk.credentials)
    }

    func refused(_ trunk: TrunkID, _ target: Int, _ answer: TargetAnswer) {
        if let desk = desks[trunk] { tell(desk, .refused(target: target, answer)) }
    }
}

extension SIPTarget {
    /// A target itself, or somebody behind it.
    init(_ target: TrunkTarget, user: String = "") {
        self.init(
            user: user, address: target.address, port: target.port, transport: target.transport,
            serverName: target.serverName)
    }
}

extension TargetAnswer {
    init(_ answer: SIPAnswer) {
        var detail = answer.handshake?.sentence
        if answer.isLocal, answer.phrase.contains("is off") { detail = answer.phrase }
        self.init(
            answer.status, isLocal: answer.isLocal, cause: answer.cause, retryAfterSeconds: answer.retryAfterSeconds,
            expirySeconds: answer.expirySeconds, leastSeconds: answer.leastSeconds, detail: detail)
    }
}
