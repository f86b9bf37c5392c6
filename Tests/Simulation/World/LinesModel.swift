import BusContract
import CallControl
import TelephonyModel

/// Presence's rows, one a leg.
struct LinesModel {
    var rows: Set<LegID> = []
    var capacity = 100
}

extension World {
    func linesHappen(_ happening: Happening) {
        switch happening {
        case .reserve(let wants, let evenIfFull): reserve(wants.map(\.leg), evenIfFull)
        case .release(let legs): lines.rows.subtract(legs)
        default: break
        }
    }

    /// The answer may be lost, whatever was done.
    private func reserve(_ legs: [LegID], _ evenIfFull: Bool) {
        // A new owner asks once more.
        let answerIsLost = random.one(in: lines.rows.isDisjoint(with: legs) ? 30 : 3)
        let fits = evenIfFull || lines.rows.union(legs).count <= lines.capacity
        let full = Refusal(503, "no-line", "All lines are busy.")
        if fits, !(answerIsLost && random.one(in: 2)) { lines.rows.formUnion(legs) }
        if answerIsLost {
            tell(.linesRefused(legs: legs, Refusal(503, "timeout", "No answer.")), after: 2_000)
        } else {
            tell(fits ? .linesGranted(legs: legs) : .linesRefused(legs: legs, full), after: random.ms(0...200))
        }
    }
}
