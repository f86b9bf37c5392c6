import BusContract
import TelephonyModel

/// Lines of the trunk. Those of a leg that was called go back by its `leg.ended`; a reservation that never became a
/// leg, or is granted too late, is released here.
extension Call {
    func askLines(_ roles: [LegRole], evenIfFull: Bool, _ work: inout Work) {
        let wants = roles.compactMap { self[$0] }.map {
            LinesRequest.Want(leg: legID($0.role), trunk: profile.trunk, use: $0.use)
        }
        work.add(.reserve(position, wants, evenIfFull: evenIfFull))
    }

    /// A leg goes before its lines were granted.
    mutating func oweLines(_ role: LegRole) {
        if self[role]?.lines == .asked { owedLines.append(legID(role)) }
    }

    mutating func linesGranted(_ granted: [LegID], _ work: inout Work) {
        owedLines.removeAll(where: granted.contains)
        let late = granted.filter { !take($0) }
        if !late.isEmpty { work.add(.release(position, late)) }
        proceed(&work)
    }

    /// Whether the leg still wants its line.
    private mutating func take(_ leg: LegID) -> Bool {
        guard let role = role(of: leg), let lines = self[role]?.lines else { return false }
        if lines == .asked { self[role]?.lines = .held }
        return lines == .asked || lines == .held
    }

    mutating func linesRefused(_ refused: [LegID], _ refusal: Refusal, _ work: inout Work) {
        owedLines.removeAll(where: refused.contains)
        let isFull = refusal.code == "no-line"
        if !isFull { releaseUnsure(refused, &work) }
        let asked = refused.compactMap(role).filter { self[$0]?.lines == .asked }
        guard !asked.isEmpty else { return }
        for role in asked { self[role]?.lines = .refused }
        missing(asked, refusal, isFull ? .noLine : .serviceFailed, &work)
    }

    /// Without a clear no (the answer was lost) the rows may stand all the same. Those of a leg that rings or talks
    /// go with its `leg.ended`.
    private func releaseUnsure(_ legs: [LegID], _ work: inout Work) {
        let idle = legs.filter { leg in
            guard let dialog = role(of: leg).flatMap({ self[$0]?.dialog }) else { return true }
            return dialog == .planned || dialog == .over
        }
        if !idle.isEmpty { work.add(.release(position, idle)) }
    }

    private mutating func missing(_ roles: [LegRole], _ refusal: Refusal, _ why: EndReason, _ work: inout Work) {
        switch stage {
        case .preparing where direction == .outgoing:
            self.refusal = refusal
            end(why, &work)
        case .preparing where roles.contains(.device):
            drop(.device)
            divert(why, &work)
        case .diverting where roles.contains(.fallback):
            drop(.fallback)
            divert(why, &work)
        default: break  // The caller's own line is in use, whatever the count says.
        }
    }

    /// A leg that was never called leaves no trace.
    mutating func drop(_ role: LegRole) { legs.removeAll { $0.role == role && $0.dialog == .planned } }

    /// Goes on once lines and ports are there.
    mutating func proceed(_ work: inout Work) {
        guard case .open = media else { return }
        switch stage {
        case .preparing where self[.device]?.lines == .held: callDevice(&work)
        case .diverting where self[.fallback]?.lines == .held: callFallback(&work)
        default: break
        }
    }
}
