import BusContract
import Foundation
import JournalCore
import SeatStore
import TelephonyModel
import TestSupport
import Testing

/// Replicas that claim, write, let go, freeze, die and lose their connection; a broker that repeats; journals that
/// freeze and die anywhere. `SEED` replays one schedule, `COUNT` sets how many.
@Suite struct StoreSimulation {
    private static func setting(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    @Test func eachEpochHasOneOwnerWhoFindsTheNewest() {
        let count = Self.setting("COUNT") ?? 200
        let seeds = Self.setting("SEED").map { [$0] } ?? Array(1...count)
        var grants = 0, takeOvers = 0
        for seed in seeds {
            var world = StoreWorld(seed: UInt64(seed))
            for _ in 0..<600 { world.step() }
            world.quiet()
            #expect(world.wrong.isEmpty, "SEED=\(seed): \(world.wrong.prefix(5))")
            grants += world.grants.count
            takeOvers += world.takeOvers
        }
        #expect(grants > seeds.count * 5 && takeOvers > seeds.count)  // Else it shows nothing.
    }
}

/// The whole of it, one random step after the other.
struct StoreWorld {
    struct Replica {
        var store: SeatStore
        var wire = Wire()
        var isConnected = true
        /// Seats that its driver holds for its own, with the last revision it gave out.
        var owned: [UserID: Int] = [:]
        var claiming: Set<UserID> = []
        /// What waits for its confirm, since when.
        var waiting: [UserID: [Int: Int64]] = [:]
    }
    struct Epoch: Hashable {
        let seat: UserID, number: Int
    }

    private let seats = (1...4).map { UserID(unchecked: "seat-\($0)") }
    private var random: SeededRandom
    private var now: Int64 = 0
    private var replicas: [Replica] = []
    private var road = JournalRoad()
    private var answers: [(to: Int, SeatClaim.Answer)] = []
    private var claimers: [String: (replica: Int, owner: SeatOwner)] = [:]
    /// What stood on the road before each claim.
    private var before: [String: SeatVersion] = [:]
    private var serial = 0
    private(set) var grants: [Epoch: SeatOwner] = [:]
    private(set) var takeOvers = 0
    private(set) var wrong: [String] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        for index in 0..<3 { replicas.append(Replica(store: SeatStore(owner: owner(index)))) }
    }

    private mutating func owner(_ index: Int) -> SeatOwner {
        serial += 1
        return SeatOwner(instance: InstanceID(unchecked: "a\(index)"), incarnation: "\(serial)")
    }

    // MARK: Steps

    mutating func step() {
        now += Int64.random(in: 0...60, using: &random)
        let (index, seat) = (Int.random(in: 0..<3, using: &random), seats.randomElement(using: &random) ?? seats[0])
        fire(index)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<20: drive(index, seat)
        case 20..<45: arrive(index)
        case 45..<65: confirm(index)
        case 65..<80: answered(road.work(&random))
        case 80..<90: hear()
        case 90..<93: answered(road.wake())
        case 93..<95: lose(index)
        case 95..<97: connect(index)
        case 97: die(index)
        default: tell(index, .passive(random.chance(50)))
        }
    }

    /// Everything arrives and nothing fails any more.
    mutating func quiet() {
        for index in replicas.indices {
            connect(index)
            tell(index, .passive(false))
        }
        for _ in 0..<3_000 where !isQuiet {
            now += 20
            for index in replicas.indices {
                fire(index)
                arrive(index)
                confirm(index)
            }
            answered(road.wake())
            answered(road.work(&random))
            hear()
        }
        if !isQuiet { wrong.append("it never came to rest") }
        for index in replicas.indices { checkAtRest(replicas[index]) }
        wrong += road.wrong
    }

    private var isQuiet: Bool {
        let isAtRest = replicas.allSatisfy { $0.wire.out.isEmpty && $0.store.deadline == nil && $0.claiming.isEmpty }
        return isAtRest && road.isDrained && answers.isEmpty
    }

    // MARK: The driver

    private mutating func drive(_ index: Int, _ seat: UserID) {
        serial += 1
        let replica = replicas[index]
        if let revision = replica.owned[seat] {
            if random.chance(15) { return end(index, seat, revision + 1) }
            write(index, seat, revision + 1)
        } else if !replica.claiming.contains(seat) {
            let epoch = road.rows[seat].flatMap { $0.isFree ? nil : $0.version.epoch }
            claim(index, seat, follows: random.chance(60) ? nil : epoch)
        }
    }

    private mutating func claim(_ index: Int, _ seat: UserID, follows epoch: Int?) {
        let name = "claim-\(serial)"
        claimers[name] = (index, replicas[index].store.owner)
        replicas[index].claiming.insert(seat)
        let first = epoch == nil ? SeatClaim.First(revision: 1, value: value(1)) : nil
        if first != nil { replicas[index].waiting[seat, default: [:]][1] = now }
        tell(index, .claim(seat, name: name, follows: epoch, first: first))
    }

    private mutating func write(_ index: Int, _ seat: UserID, _ revision: Int) {
        replicas[index].owned[seat] = revision
        replicas[index].waiting[seat, default: [:]][revision] = now
        tell(index, .write(seat, revision: revision, value(revision)))
    }

    private mutating func end(_ index: Int, _ seat: UserID, _ revision: Int) {
        replicas[index].owned[seat] = nil
        replicas[index].waiting[seat] = nil
        tell(index, .end(seat, revision: revision, nil))
    }

    private func value(_ revision: Int) -> SeatValue { SeatValue(text: "\(revision)", calls: []) }

    private mutating func fire(_ index: Int) {
        if let deadline = replicas[index].store.deadline, deadline.milliseconds <= now { tell(index, .time) }
    }

    private mutating func tell(_ index: Int, _ event: SeatStore.Event) {
        let effects = replicas[index].store.handle(event, at: Instant(milliseconds: now))
        for effect in effects { carryOut(effect, index) }
        let seatsOut = replicas[index].wire.out.filter { $0.number > 0 }.map(\.paper).filter { !$0.isGivenBack }
        let most = Dictionary(grouping: seatsOut, by: \.message.seat).values.map(\.count).max() ?? 0
        if most > 1 { wrong.append("\(most) papers of one seat are out") }
    }

    private mutating func carryOut(_ effect: SeatStore.Effect, _ index: Int) {
        switch effect {
        case .send(let paper, let number): replicas[index].wire.send(paper, number)
        case .written(let seat, let revision):
            replicas[index].waiting[seat] = replicas[index].waiting[seat]?.filter { $0.key > revision }
        case .unprotected(let seat, let revision): replicas[index].waiting[seat]?[revision] = nil
        case .owned(let seat, let epoch, let found): owned(seat, epoch, found, index)
        case .lost(let seat, _, _, _):
            replicas[index].claiming.remove(seat)
            replicas[index].waiting[seat] = nil
        case .ended: break
        case .defect(let what): wrong.append(what)
        }
    }

    private mutating func owned(_ seat: UserID, _ epoch: Int, _ found: SeatCheckpoint?, _ index: Int) {
        replicas[index].claiming.remove(seat)
        replicas[index].owned[seat] = max(1, replicas[index].waiting[seat]?.keys.max() ?? 1)
        if found != nil, found?.owner != replicas[index].store.owner { takeOvers += 1 }
    }

    // MARK: Broker, journal, answers

    private mutating func arrive(_ index: Int) {
        guard replicas[index].isConnected, let paper = replicas[index].wire.arrive() else { return }
        let version = road.append(paper.message)
        if case .claim(let claim) = paper, before[claim.claim] == nil {
            before[claim.claim] = version ?? SeatVersion(epoch: 0, revision: 0)
        }
    }

    private mutating func confirm(_ index: Int) {
        guard replicas[index].isConnected, let (seat, number) = replicas[index].wire.confirm() else { return }
        tell(index, .kept(seat, paper: number, true))
    }

    private mutating func answered(_ all: [SeatClaim.Answer]) {
        for answer in all {
            guard let claimer = claimers[answer.claim] else { continue }
            check(answer, claimer.owner)
            answers.append((claimer.replica, answer))
        }
    }

    /// One answer reaches its instance, or is lost with the connection.
    private mutating func hear() {
        guard !answers.isEmpty else { return }
        let (index, answer) = answers.removeFirst()
        if replicas[index].isConnected { tell(index, .answered(answer)) }
    }

    private mutating func lose(_ index: Int) {
        replicas[index].isConnected = false
        replicas[index].wire.lose()
    }

    private mutating func connect(_ index: Int) {
        guard !replicas[index].isConnected else { return }
        replicas[index].isConnected = true
        tell(index, .connected)
    }

    /// A new process of the same instance; what was on the wire is gone, or there already.
    private mutating func die(_ index: Int) {
        replicas[index] = Replica(store: SeatStore(owner: owner(index)))
    }

    // MARK: What must hold

    private mutating func check(_ answer: SeatClaim.Answer, _ owner: SeatOwner) {
        guard case .granted(let number, let found) = answer.outcome else { return }
        let epoch = Epoch(seat: answer.seat, number: number)
        if let other = grants[epoch], other != owner { wrong.append("\(epoch) is \(other)'s and \(owner)'s") }
        let isFirst = grants.updateValue(owner, forKey: epoch) == nil
        let newest = found.map { SeatVersion(epoch: $0.epoch, revision: $0.revision) }
        if isFirst, let stood = before[answer.claim], newest ?? SeatVersion(epoch: 0, revision: 0) < stood {
            wrong.append("\(answer.claim) was given \(String(describing: newest)) and \(stood) stood before it")
        }
    }

    /// Nobody waits, and no seat is owned by a living process that does not know of it.
    private mutating func checkAtRest(_ replica: Replica) {
        for (seat, revisions) in replica.waiting where !revisions.isEmpty {
            wrong.append("\(seat): nobody answered \(revisions.keys.sorted())")
        }
        for row in road.rows.values where !row.isFree && row.owner == replica.store.owner {
            let known = replica.store.epoch(of: row.seat)
            if known != row.version.epoch {
                wrong.append("\(row.seat) is at \(row.version), its owner at \(known ?? 0)")
            }
            let last = replica.owned[row.seat] ?? 0
            if row.newest?.epoch == row.version.epoch, row.version.revision != last {
                wrong.append("\(row.seat) is kept at \(row.version.revision), its owner wrote \(last)")
            }
        }
    }
}

extension SeatStore.Paper {
    /// The end of a grant that nobody waited for belongs to no papers.
    fileprivate var isGivenBack: Bool { if case .end(let end) = self { end.revision == 0 } else { false } }
}
