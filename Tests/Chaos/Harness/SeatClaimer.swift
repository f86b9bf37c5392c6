import BusClient
import BusContract
import LocalHouse
import Logging
import Synchronization
import TelephonyModel

/// One replica of signaling, as far as the seats' road knows it.
public final class SeatClaimer: Sendable {
    public let bus: Bus
    public let owner: SeatOwner
    private let heard = Mutex<[SeatClaim.Answer]>([])
    private let counts = Mutex((kept: 0, dropped: 0))

    /// - Parameter busURL: of the broker's user `signaling`.
    public init(_ instance: String, busURL: String) async throws {
        var logger = Logger(label: instance)
        logger.logLevel = .error
        owner = SeatOwner(instance: InstanceID(unchecked: instance), incarnation: uuid7())
        bus = Bus(BusSettings(url: busURL, service: "signaling", instance: owner.instance), logger: logger)
        bus.onClaimAnswer { [weak self] answer in self?.heard.withLock { $0.append(answer) } }
        try await bus.open()
    }

    public func claim(_ seat: UserID, after epoch: Int? = nil, as name: String = uuid7()) {
        bus.claim(SeatClaim(seat: seat, claim: name, owner: owner, follows: epoch)) { self.count($0) }
    }

    public func write(_ seat: UserID, _ epoch: Int, _ revision: Int) {
        bus.write(
            SeatCheckpoint(seat: seat, epoch: epoch, revision: revision, owner: owner, value: Self.value(revision))
        ) { self.count($0) }
    }

    /// What `write` says in its `revision`-th checkpoint.
    public static func value(_ revision: Int) -> SeatValue {
        SeatValue(text: #"{"revision":\#(revision)}"#, calls: [CallID(unchecked: "c-\(revision)")])
    }

    public func end(_ seat: UserID, _ epoch: Int, _ revision: Int) {
        bus.end(SeatEnd(seat: seat, epoch: epoch, revision: revision, owner: owner)) { self.count($0) }
    }

    private func count(_ isKept: Bool) {
        counts.withLock { if isKept { $0.kept += 1 } else { $0.dropped += 1 } }
    }

    /// Waits until the broker has so many messages of this claimer.
    /// - Throws: if it has not within 30 s, or one was dropped.
    public func waitForConfirms(_ count: Int) async throws {
        for _ in 0..<600 where counts.withLock({ $0.kept + $0.dropped }) < count {
            try await Task.sleep(for: .milliseconds(50))
        }
        let (kept, dropped) = counts.withLock { $0 }
        guard (kept, dropped) == (count, 0) else {
            throw HouseError("\(owner.instance): \(kept) of \(count) kept, \(dropped) dropped")
        }
    }

    /// All answers so far.
    public var answers: [SeatClaim.Answer] { heard.withLock { $0 } }

    public func outcomes(_ seat: UserID) -> [SeatClaim.Outcome] { answers.filter { $0.seat == seat }.map(\.outcome) }

    /// The `number`-th answer about this seat, from 0; nil if it does not come within 30 s.
    public func answer(_ seat: UserID, _ number: Int = 0) async throws -> SeatClaim.Outcome? {
        for _ in 0..<600 where outcomes(seat).count <= number { try await Task.sleep(for: .milliseconds(50)) }
        let all = outcomes(seat)
        return all.count > number ? all[number] : nil
    }

    /// Seats and epochs that it was granted, each once however often it heard.
    public var grants: [UserID: Set<Int>] {
        var grants: [UserID: Set<Int>] = [:]
        for answer in answers {
            if case .granted(let epoch, _) = answer.outcome { grants[answer.seat, default: []].insert(epoch) }
        }
        return grants
    }
}

extension SeatClaim.Outcome {
    /// Of a granted claim.
    public var epoch: Int? { if case .granted(let epoch, _) = self { epoch } else { nil } }
    public var found: SeatCheckpoint? { if case .granted(_, let found) = self { found } else { nil } }
}
