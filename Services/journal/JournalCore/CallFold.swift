import BusContract
import TelephonyModel

/// All that the events of one call say, folded. The same for any order and any repetition of them.
///
/// `call.*` and `leg.*` events are ordered by (epoch, sequence). An event of an epoch is superseded from the first
/// sequence of a later epoch on: its owner had lost the seat by then. That first one, `call.adopted`, has the sequence
/// after the event that it follows, so its place says what it follows. `media.*` events count for themselves.
public struct CallFold: Codable, Hashable, Sendable {
    public let seat: UserID
    public let call: CallID
    public let conversation: CallID
    private var epochs: [Epoch] = []
    private var state: Placed<CallFacts>?
    private var legs: [LegID: Placed<LegFact>] = [:]
    private var media: [InstanceID: Placed<MediaFact>] = [:]
    /// Nobody waits any more for what is missing. Nil while somebody does, or when nothing is missing.
    private var closed: Bool?

    private struct Epoch: Codable, Hashable, Sendable {
        let number: Int
        var seen = SequenceSet()
    }

    /// A value and the event that said it.
    private struct Placed<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
        let epoch: Int, sequence: Int
        /// Of the event: two of one place are no case that should be, but then one wins everywhere.
        let id: String
        let value: Value
        func isNewer(than other: Placed?) -> Bool {
            other.map { (epoch, sequence, id) > ($0.epoch, $0.sequence, $0.id) } ?? true
        }
    }

    public init(_ position: CallPosition) {
        (seat, call, conversation) = (position.seat, position.call, position.conversation)
    }

    /// Takes one event of this call.
    public mutating func add(_ event: LoggedEvent) {
        guard event.concernsCall, let position = event.position, position.call == call else { return }
        switch event.content {
        case .call(let facts):
            count(position)
            let placed = Placed(epoch: position.epoch, sequence: position.sequence, id: event.id, value: facts)
            if placed.isNewer(than: state) { state = placed }
        case .leg(let fact):
            count(position)
            let placed = Placed(epoch: position.epoch, sequence: position.sequence, id: event.id, value: fact)
            if placed.isNewer(than: legs[fact.leg]) { legs[fact.leg] = placed }
        case .media(let fact):
            let placed = Placed(epoch: position.epoch, sequence: position.sequence, id: event.id, value: fact)
            if placed.isNewer(than: media[fact.instance]) { media[fact.instance] = placed }
        case .other:
            // A newer version's event of the call's own count: there, though not understood.
            count(position)
        case .transient: break
        }
        if isComplete { closed = nil }
    }

    /// What is missing is not waited for any more: the entry is final, and says that it is incomplete. An event that
    /// comes after all mends it.
    public mutating func close() { closed = isComplete ? nil : true }

    /// The journal's entry; nil until the first `call.*` event is there.
    public var entry: JournalEntry? {
        guard let facts = state?.value else { return nil }
        let device = device
        return JournalEntry(
            call: call, user: seat, conversation: conversation, direction: facts.direction,
            officeNumber: facts.officeNumber, party: facts.party, startedAt: facts.startedAt,
            answeredAt: facts.answeredAt, endedAt: facts.endedAt,
            ringMs: Self.span(facts.startedAt, facts.answeredAt ?? facts.endedAt),
            talkMs: Self.span(facts.answeredAt, facts.endedAt), reason: facts.reason, endedBy: facts.endedBy,
            sentence: facts.reason?.sentence, device: facts.device ?? device?.device,
            deviceKind: facts.deviceKind ?? device?.kind, legs: legFacts, media: mediaLegs, final: isFinal,
            incomplete: isClosed ? true : nil, context: facts.context)
    }

    /// Whether the call has ended and all its events are there, or no more are waited for.
    public var isFinal: Bool { isComplete || isClosed }

    /// Whether it was closed though events are missing.
    public var isClosed: Bool { closed == true }

    /// Whether the call has ended, as far as is known.
    public var hasEnded: Bool { state?.value.phase == .ended }

    /// Whether the call has ended and all its events from the first on are there.
    public var isComplete: Bool {
        guard hasEnded else { return false }
        var next = 1
        for range in ranges {
            guard range.lowerBound <= next else { return false }
            next = max(next, range.upperBound + 1)
        }
        return next > 1
    }

    /// When the call began, in milliseconds since 1970 by its owner's clock; nil until that is known.
    public var startedAt: Int64? { (state?.value.startedAt).flatMap(RFC3339.milliseconds) }

    /// The newest place of the call's own count.
    public var position: CallPosition {
        let epoch = epochs.last
        return CallPosition(
            seat: seat, call: call, conversation: conversation, epoch: epoch?.number ?? 0,
            sequence: epoch?.seen.ranges.last?.upperBound ?? 0)
    }

    /// Of each epoch that lost its seat: from which sequence on its events do not count.
    public var superseded: [(epoch: Int, from: Int)] {
        epochs.dropLast().map { (epoch: $0.number, from: limit(of: $0.number)) }
    }

    private mutating func count(_ position: CallPosition) {
        let place = epochs.firstIndex { $0.number >= position.epoch } ?? epochs.count
        if place == epochs.count || epochs[place].number != position.epoch {
            epochs.insert(Epoch(number: position.epoch), at: place)
        }
        epochs[place].seen.insert(position.sequence)
    }

    /// From which sequence on events of this epoch are superseded.
    private func limit(of epoch: Int) -> Int {
        epochs.filter { $0.number > epoch }.compactMap(\.seen.lowest).min() ?? .max
    }

    /// The sequences that count, in order.
    private var ranges: [ClosedRange<Int>] {
        epochs.flatMap { $0.seen.below(limit(of: $0.number)) }.sorted { $0.lowerBound < $1.lowerBound }
    }

    private var legFacts: [LegFact] {
        legs.values.filter { $0.sequence < limit(of: $0.epoch) }.map(\.value)
            .sorted { ($0.startedAt, $0.leg) < ($1.startedAt, $1.leg) }
    }

    private var device: LegFact? { legFacts.first { $0.role == .device } }

    private var mediaLegs: [MediaFact.Leg] {
        media.sorted { $0.key < $1.key }.flatMap(\.value.value.legs).sorted { $0.leg < $1.leg }
    }

    /// Milliseconds between two times of one clock; 0 if one is missing or the clock was set back.
    private static func span(_ from: String?, _ to: String?) -> Int64 {
        guard let from = from.flatMap(RFC3339.milliseconds), let to = to.flatMap(RFC3339.milliseconds) else { return 0 }
        return max(0, to - from)
    }
}
