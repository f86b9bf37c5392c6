import BusContract
import CallControl
import TelephonyModel

/// Presence's rows, one a leg, with the epoch that asked for it last.
struct LinesModel {
    var rows: [LegID: Int] = [:]
    var capacity = 100
    /// The seat's highest epoch that asked for lines.
    var epoch = 0
}

extension World {
    func linesHappen(_ happening: Happening) {
        switch happening {
        case .reserve(let wants, let evenIfFull, let epoch): reserve(wants.map(\.leg), evenIfFull, epoch)
        case .release(let legs, let epoch):
            for leg in legs where lines.rows[leg] ?? .max <= epoch { lines.rows[leg] = nil }
        default: break
        }
    }

    /// All or none; what stands is not counted again. The answer may be lost, whatever was done. An owner of before
    /// is refused, and nobody is there to hear it.
    private func reserve(_ legs: [LegID], _ evenIfFull: Bool, _ epoch: Int) {
        guard epoch >= lines.epoch else { return }
        lines.epoch = epoch
        let missing = legs.filter { lines.rows[$0] == nil }
        for leg in legs where lines.rows[leg] != nil { lines.rows[leg] = epoch }
        // A new owner asks once more.
        let answerIsLost = random.one(in: missing.count == legs.count ? 30 : 3)
        let fits = evenIfFull || missing.isEmpty || lines.rows.count + missing.count <= lines.capacity
        let full = Refusal(503, "no-line", "All lines are busy.")
        if fits, !(answerIsLost && random.one(in: 2)) { for leg in missing { lines.rows[leg] = epoch } }
        if answerIsLost {
            tell(.linesRefused(legs: legs, Refusal(503, "timeout", "No answer.")), after: 2_000)
        } else {
            tell(fits ? .linesGranted(legs: legs) : .linesRefused(legs: legs, full), after: random.ms(0...200))
        }
    }
}
