import BusContract
import TelephonyModel

// Who keeps a call's media: its owner's word (`renew`), or the RTP that flows. It ends without either for the time of
// a lease, counted by `LeaseClock`.

extension MediaControl {
    /// The longest talk of a call that nobody owns.
    static let longestUnowned: Int64 = 12 * 3_600_000

    mutating func renew(_ request: RenewMedia, _ question: QuestionID, _ now: Instant) -> [Effect] {
        let lease = leaseClock.elapsed(at: now)
        var unknown: [CallID] = []
        for item in request.leases {
            guard var call = calls[item.call], call.isKept, call.position.seat == item.seat else {
                unknown.append(item.call)
                continue
            }
            // An owner who has lost the seat keeps nothing; his next command tells him.
            guard item.epoch >= epochs[item.seat, default: 0] else { continue }
            epochs[item.seat] = item.epoch
            call.renew(by: request.owner, epoch: item.epoch, lease: lease)
            calls[item.call] = call
        }
        return [.reply(question, .renewed(RenewMedia.Answer(unknown: unknown)))]
    }

    mutating func connected(_ now: Instant) -> [Effect] {
        leaseClock.connected(at: now)
        return []
    }

    mutating func lost(_ now: Instant) -> [Effect] {
        leaseClock.lost(at: now)
        return []
    }

    mutating func tick(_ received: [LegID: UInt64], _ now: Instant) -> [Effect] {
        closedAt = closedAt.filter { now - $0.value < Self.memory }
        let lease = leaseClock.elapsed(at: now)
        for id in calls.keys { calls[id]?.count(received, lease: lease) }
        guard leaseClock.isCounting(at: now) else { return [] }
        let unowned = calls.filter { $0.value.isOpen && lease - $0.value.renewedAt >= LeaseClock.lease }
        return unowned.keys.sorted().flatMap { judge($0, lease, now) }
    }

    /// A call whose owner has been silent for the time of a lease.
    private mutating func judge(_ id: CallID, _ lease: Int64, _ now: Instant) -> [Effect] {
        guard let call = calls[id] else { return [] }
        let isQuiet = lease - lastHeard(call, lease) >= LeaseClock.lease
        if isQuiet || now - call.openedAt >= Self.longestUnowned {
            return [.notify(call.owner, MediaNotice(position: call.position, what: .leaseEnded))] + end(id)
        }
        guard !call.isReportedUnowned else { return [] }
        calls[id]?.isReportedUnowned = true
        return [.unowned(call.position)]
    }

    /// RTP on any leg of a seat without owner keeps all its calls: one of them may be held in silence. An owner who
    /// renews other calls of the seat, but not this one, has no use for it.
    private func lastHeard(_ call: MediaCall, _ lease: Int64) -> Int64 {
        let siblings = calls.values.filter { $0.position.seat == call.position.seat }
        let isOwned = siblings.contains { lease - $0.renewedAt < LeaseClock.lease }
        return isOwned ? call.heardAt : siblings.map(\.heardAt).max() ?? call.heardAt
    }
}
