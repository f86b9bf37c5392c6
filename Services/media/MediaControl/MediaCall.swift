import BusContract
import TelephonyModel

/// The media of one call on this instance.
struct MediaCall: Codable, Hashable, Sendable {
    enum Phase: Codable, Hashable, Sendable {
        /// The engine is asked for ports; who waits for them.
        case opening([MediaControl.QuestionID])
        case open([LocalAudio])
        /// The engine is asked to close, or will be as soon as it has opened; who waits for that.
        case closing([MediaControl.QuestionID], hasPorts: Bool)
    }
    /// Two legs that hear each other, smaller id first.
    struct Pair: Codable, Hashable, Sendable {
        let first, second: LegID
        init(_ a: LegID, _ b: LegID) { (first, second) = a < b ? (a, b) : (b, a) }
    }

    var phase: Phase
    /// Of the newest media fact; its epoch is that of the owner now.
    private(set) var position: CallPosition
    private(set) var owner: InstanceID
    let legs: [LegID]
    let openedAt: Instant

    // Signs of life, on the lease clock
    private(set) var renewedAt: Int64
    private(set) var heardAt: Int64
    private var received: [LegID: UInt64] = [:]
    /// Whether the operator knows that nobody owns it.
    var isReportedUnowned = false

    private var hears: [LegID: AudioSource] = [:]
    private var joined: Set<Pair> = []

    init(_ request: OpenMedia, asked: MediaControl.QuestionID, at now: Instant, lease: Int64) {
        phase = .opening([asked])
        (position, owner, legs) = (request.position, request.owner, request.legs)
        (openedAt, renewedAt, heardAt) = (now, lease, lease)
        position = position.counting(0)
    }

    var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    /// Whether nobody has asked to close it.
    var isKept: Bool {
        if case .closing = phase { false } else { true }
    }

    func isSame(as request: OpenMedia) -> Bool {
        position.seat == request.position.seat && Set(legs) == Set(request.legs)
    }

    /// The position of the next media fact.
    mutating func nextPosition() -> CallPosition {
        position = position.counting(position.sequence + 1)
        return position
    }

    /// An owner has given a sign of life; a new one has a higher epoch.
    mutating func renew(by owner: InstanceID, epoch: Int, lease: Int64) {
        self.owner = owner
        position = position.inEpoch(epoch)
        renewedAt = lease
        isReportedUnowned = false
    }

    /// Takes a count of received packets; any that grew is a sign of life.
    mutating func count(_ counts: [LegID: UInt64], lease: Int64) {
        for leg in legs {
            guard let count = counts[leg], count > received[leg, default: 0] else { continue }
            received[leg] = count
            heardAt = lease
        }
    }

    /// Keeps what the legs hear now; answers the pairs that hear each other for the first time.
    mutating func hear(_ commands: [MediaCommand]) -> [Pair] {
        var changed: [LegID] = []
        for case .hear(let leg, let source) in commands {
            hears[leg] = source
            if !changed.contains(leg) { changed.append(leg) }
        }
        return changed.compactMap { leg in
            guard case .leg(let other) = hears[leg], hears[other] == .leg(leg) else { return nil }
            let pair = Pair(leg, other)
            return joined.insert(pair).inserted ? pair : nil
        }
    }
}

extension CallPosition {
    func counting(_ sequence: Int) -> CallPosition {
        CallPosition(
            seat: seat, call: call, conversation: conversation, epoch: epoch, sequence: sequence)
    }
    func inEpoch(_ epoch: Int) -> CallPosition {
        CallPosition(
            seat: seat, call: call, conversation: conversation, epoch: epoch, sequence: sequence)
    }
}
