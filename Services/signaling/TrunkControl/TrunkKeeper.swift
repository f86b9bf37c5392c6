import BusContract
import TelephonyModel

/// What one trunk is to us: which of its targets is used, whether it knows us, whether it is full. Asks its targets
/// with OPTIONS, registers, and tells the trunk's state. A value, so that it can be claimed like a seat (`trunk-<id>`).
///
/// Times are milliseconds since it began; armed timers are part of it, a late one is a normal event.
public struct TrunkKeeper: Codable, Hashable, Sendable {
    public enum Event: Codable, Hashable, Sendable {
        /// The directory has it so now.
        case changed(DirectoryTrunk)
        case fired(Timer)
        /// The answer to an OPTIONS of ours.
        case asked(target: Int, TargetAnswer)
        /// The answer to a REGISTER of ours.
        case registered(target: Int, TargetAnswer)
        /// The final answer to an INVITE of ours that is no 2xx.
        case refused(target: Int, TargetAnswer)
        /// The process ends, or the trunk is no longer in the directory.
        case ended
    }

    public enum Timer: Codable, Hashable, Sendable {
        case ask(target: Int)
        case register
        /// A target that was left alone, or the full trunk, may be used again.
        case again
        /// The state is told again, for those who came later.
        case tell
    }

    public enum Effect: Codable, Hashable, Sendable {
        /// OPTIONS.
        case ask(target: Int)
        /// REGISTER; 0 seconds: no longer.
        case register(target: Int, expirySeconds: Int)
        case tell(TrunkState.State, target: Int?, since: Instant, sentence: String)
        case arm(Timer, at: Instant)
        case disarm(Timer)
    }

    static let toldEveryMs: Int64 = 30_000
    /// A target that does not answer is asked this often, if not more often anyway.
    static let downEverySeconds = 10
    static let fullMs: Int64 = 10_000

    public private(set) var trunk: DirectoryTrunk
    private var targets: TrunkTargets
    private var registrar: Registrar?
    /// Where we are registered.
    private var registeredAt: Int?
    private var fullUntil: Instant?
    private var armed: [Timer: Instant] = [:]
    private var told: Told?
    private var isEnded = false

    private struct Told: Codable, Hashable, Sendable {
        var state: TrunkState.State, target: Int?, since: Instant, sentence: String
    }

    /// - Parameter effects: what begins the keeping.
    public init(_ trunk: DirectoryTrunk, at now: Instant, effects: inout [Effect]) {
        self.trunk = trunk
        targets = TrunkTargets(trunk.targets)
        registrar = trunk.registration.map { Registrar(expirySeconds: $0.expirySeconds) }
        effects += begin(at: now)
    }

    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        guard !isEnded else { return [] }
        var effects = take(event, at: now)
        if !isEnded { effects += settle(at: now) }
        return effects
    }

    /// Another process has it now: what the world is to do so that it matches the value. We register again, since the
    /// trunk knows another address.
    public mutating func adopted(at now: Instant) -> [Effect] {
        guard !isEnded else { return [] }
        (armed, told, registeredAt) = ([:], nil, nil)
        registrar = trunk.registration.map { Registrar(expirySeconds: $0.expirySeconds) }
        return begin(at: now) + settle(at: now)
    }

    // MARK: For calls

    /// Where an INVITE goes that has been at `tried` already; nil: nowhere else.
    public func target(besides tried: Set<Int> = [], at now: Instant) -> Int? {
        if let registeredAt, tried.isEmpty, registrar?.isRegistered(at: now) == true,
            !targets.isAvoided(registeredAt, at: now), !targets.records[registeredAt].isDown
        {
            return registeredAt
        }
        return targets.best(besides: tried, at: now)
    }

    /// Whether the trunk has said that it has no line left, less than 10 s ago.
    public func isFull(at now: Instant) -> Bool { (fullUntil.map { now < $0 } ?? false) || targets.areFull(at: now) }

    public var state: TrunkState.State? { told?.state }

    // MARK: Events

    private mutating func take(_ event: Event, at now: Instant) -> [Effect] {
        switch event {
        case .changed(let facts): return changed(facts, at: now)
        case .fired(let timer): return fired(timer, at: now)
        case .asked(let target, let answer): return asked(target, answer, at: now)
        case .registered(let target, let answer): return registered(target, answer, at: now)
        case .refused(let target, let answer): return refused(target, answer, at: now)
        case .ended: return end(at: now)
        }
    }

    private mutating func begin(at now: Instant) -> [Effect] {
        var effects: [Effect] = [arm(.tell, at: now + Self.toldEveryMs)]
        if trunk.keepAliveSeconds > 0 {
            for target in trunk.targets.indices { effects += [.ask(target: target), armAsk(target, at: now)] }
        }
        if registrar != nil { effects += register(at: now) }
        return effects + settle(at: now)
    }

    private mutating func changed(_ facts: DirectoryTrunk, at now: Instant) -> [Effect] {
        guard facts != trunk else { return [] }
        let isElsewhere = facts.targets != trunk.targets || facts.registration != trunk.registration
        let isAskedOtherwise = facts.keepAliveSeconds != trunk.keepAliveSeconds
        guard isElsewhere || isAskedOtherwise else {
            trunk = facts
            return []
        }
        var effects = isElsewhere ? unregister(at: now) : []
        effects += armed.keys.sorted { "\($0)" < "\($1)" }.map { Effect.disarm($0) }
        self = TrunkKeeper(facts, at: now, effects: &effects)
        return effects
    }

    private mutating func fired(_ timer: Timer, at now: Instant) -> [Effect] {
        guard let deadline = armed[timer], deadline <= now else { return [] }  // Armed anew meanwhile.
        armed[timer] = nil
        switch timer {
        case .ask(let target):
            guard trunk.targets.indices.contains(target) else { return [] }
            return [.ask(target: target), armAsk(target, at: now)]
        case .register: return register(at: now)
        case .again: return []
        case .tell:
            // Without a sentence it differs from what is, and is told again.
            if let old = told { told = Told(state: old.state, target: old.target, since: old.since, sentence: "") }
            return [arm(.tell, at: now + Self.toldEveryMs)]
        }
    }

    private mutating func asked(_ target: Int, _ answer: TargetAnswer, at now: Instant) -> [Effect] {
        guard trunk.targets.indices.contains(target) else { return [] }
        let wasDown = targets.records[target].isDown
        answered(target, answer, at: now)
        // What comes back is looked after at the usual pace; what is gone is asked soon.
        guard wasDown != targets.records[target].isDown, trunk.keepAliveSeconds > 0 else { return [] }
        return [armAsk(target, at: now)]
    }

    private mutating func answered(_ target: Int, _ answer: TargetAnswer, at now: Instant) {
        if answer.isSilence { return targets.isGone(target, answer) }
        targets.isThere(target)
        if answer.status == 503 { targets.avoid(target, answer, at: now) }
    }

    private mutating func registered(_ target: Int, _ answer: TargetAnswer, at now: Instant) -> [Effect] {
        guard var registrar, trunk.targets.indices.contains(target) else { return [] }
        answered(target, answer, at: now)
        var next = registrar.answered(answer, at: now)
        if registrar.isRegistered(at: now), (200..<300).contains(answer.status) { registeredAt = target }
        if answer.isForAnotherTarget {
            targets.avoid(target, answer, at: now)
            // The others are asked at once; when all have failed it is time for the pause.
            if let other = targets.best(besides: [], at: now), !targets.isAvoided(other, at: now), other != target {
                next = now
            }
        }
        self.registrar = registrar
        return [arm(.register, at: next)]
    }

    private mutating func refused(_ target: Int, _ answer: TargetAnswer, at now: Instant) -> [Effect] {
        guard trunk.targets.indices.contains(target) else { return [] }
        if answer.isTrunkFull { fullUntil = now + Self.fullMs }
        if answer.isForAnotherTarget { targets.avoid(target, answer, at: now) }
        return []
    }

    private mutating func end(at now: Instant) -> [Effect] {
        let effects = unregister(at: now) + armed.keys.sorted { "\($0)" < "\($1)" }.map { Effect.disarm($0) }
        (isEnded, armed) = (true, [:])
        return effects
    }

    // MARK: Registration

    private mutating func register(at now: Instant) -> [Effect] {
        guard registrar != nil, registrar?.isAsking == false else { return [] }
        guard let target = target(at: now), let seconds = registrar?.expirySeconds else { return [] }
        registrar?.asks()
        return [.register(target: target, expirySeconds: seconds)]
    }

    private func unregister(at now: Instant) -> [Effect] {
        guard let registeredAt, registrar?.isRegistered(at: now) == true else { return [] }
        return [.register(target: registeredAt, expirySeconds: 0)]
    }

    // MARK: State

    /// Tells the state if it has changed, and looks after the times at which it changes by itself.
    private mutating func settle(at now: Instant) -> [Effect] {
        var effects: [Effect] = []
        let ends = [fullUntil.flatMap { $0 > now ? $0 : nil }, targets.nextReturn(after: now)].compactMap(\.self).min()
        if let ends, armed[.again] != ends { effects.append(arm(.again, at: ends)) }
        let state = presentState(at: now)
        let target = state == .down ? nil : target(at: now)
        let sentence = TrunkSentence.of(trunk, state, target, targets, registrar)
        guard told?.state != state || told?.target != target || told?.sentence != sentence else { return effects }
        let since = told?.state == state ? told?.since ?? now : now
        told = Told(state: state, target: target, since: since, sentence: sentence)
        return effects + [.tell(state, target: target, since: since, sentence: sentence)]
    }

    private func presentState(at now: Instant) -> TrunkState.State {
        if registrar?.refusal != nil { return .unauthorised }
        if isFull(at: now) { return .full }
        if targets.areAllDown { return .down }
        guard let registrar, !registrar.isRegistered(at: now) else { return .up }
        return registrar.failures >= trunk.targets.count ? .down : .registering
    }

    // MARK: Timers

    private mutating func arm(_ timer: Timer, at deadline: Instant) -> Effect {
        armed[timer] = deadline
        return .arm(timer, at: deadline)
    }

    private mutating func armAsk(_ target: Int, at now: Instant) -> Effect {
        let isDown = targets.records[target].isDown
        let seconds = isDown ? min(trunk.keepAliveSeconds, Self.downEverySeconds) : trunk.keepAliveSeconds
        return arm(.ask(target: target), at: now + Int64(seconds) * 1_000)
    }
}
