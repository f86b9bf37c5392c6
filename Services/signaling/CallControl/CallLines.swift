import BusContract
import TelephonyModel

/// Lines of the trunk. Those of a leg that was called go back by its `leg.ended`; a reservation that never became a
/// leg, or is granted too late, is released here.
extension Call {
    func askLines(_ keys: [LegKey], evenIfFull: Bool, _ work: inout Work) {
        let wants = keys.compactMap { self[$0] }.map {
            LinesRequest.Want(leg: $0.id, trunk: profile.trunk, use: $0.use)
        }
        work.add(.reserve(position, wants, evenIfFull: evenIfFull))
    }

    /// A leg goes before its lines were granted.
    mutating func oweLines(_ key: LegKey) {
        if self[key]?.lines == .asked { owedLines.append(legID(key)) }
    }

    mutating func linesGranted(_ granted: [LegID], _ work: inout Work) {
        owedLines.removeAll(where: granted.contains)
        let late = granted.filter { !take($0) }
        if !late.isEmpty { work.add(.release(position, late)) }
        proceed(&work)
    }

    /// Whether the leg still wants its line.
    private mutating func take(_ leg: LegID) -> Bool {
        guard let key = key(of: leg), let lines = self[key]?.lines else { return false }
        if lines == .asked { self[key]?.lines = .held }
        return lines == .asked || lines == .held
    }

    mutating func linesRefused(_ refused: [LegID], _ refusal: Refusal, _ work: inout Work) {
        owedLines.removeAll(where: refused.contains)
        let isFull = refusal.code == "no-line"
        if !isFull { releaseUnsure(refused, &work) }
        let asked = refused.compactMap(key).filter { self[$0]?.lines == .asked }
        guard !asked.isEmpty else { return }
        for key in asked { self[key]?.lines = .refused }
        missing(asked, refusal, isFull ? .noLine : .serviceFailed, &work)
    }

    /// Without a clear no (the answer was lost) the rows may stand all the same. Those of a leg that rings or talks
    /// go with its `leg.ended`.
    private func releaseUnsure(_ legs: [LegID], _ work: inout Work) {
        let idle = legs.filter { leg in
            guard let dialog = key(of: leg).flatMap({ self[$0]?.dialog }) else { return true }
            return dialog == .planned || dialog == .over
        }
        if !idle.isEmpty { work.add(.release(position, idle)) }
    }

    private mutating func missing(_ keys: [LegKey], _ refusal: Refusal, _ why: EndReason, _ work: inout Work) {
        if direction == .outgoing { return targetOrCallMissing(keys, refusal, why, &work) }
        // The caller's own line is in use, whatever the count says.
        for key in keys where self[key]?.dialog == .planned {
            drop(key)
            out(key, why, &work)
        }
    }

    private mutating func targetOrCallMissing(
        _ keys: [LegKey], _ refusal: Refusal, _ why: EndReason, _ work: inout Work
    ) {
        if stage == .preparing {
            self.refusal = refusal
            return end(why, &work)
        }
        guard stage == .dialing, self[far]?.dialog == .planned else { return }
        drop(far)
        targetFailed(why, status: 503, &work)
    }

    /// A leg that was never called leaves no trace.
    mutating func drop(_ key: LegKey) { legs.removeAll { $0.key == key && $0.dialog == .planned } }

    /// Goes on once lines and ports are there.
    mutating func proceed(_ work: inout Work) {
        guard case .open = media, stage != .ending, stage != .tone else { return }
        for leg in legs where leg.dialog == .planned && leg.lines == .held && (leg.key != far || stage == .dialing) {
            // What became of the leg before may have ended this one.
            if self[leg.key]?.dialog == .planned { invite(leg.key, &work) }
        }
    }
}
