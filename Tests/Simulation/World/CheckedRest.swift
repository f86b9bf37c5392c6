import BusContract
import CallControl
import TelephonyModel

/// What is left when nothing more is to happen: nothing.
extension Checks {
    mutating func rest(_ world: World) {
        expect(world.seat.isIdle, "calls at rest: \(world.seat.running.map(\.picture))")
        expect(world.timers.isEmpty && world.seat.timers.isEmpty, "timers at rest: \(world.timers)")
        expect(world.lines.rows.isEmpty, "lines at rest: \(world.lines.rows)")
        expect(world.media.open.isEmpty, "media at rest: \(world.media.open)")
        let unanswered = openQuestions.count
        expect(unanswered == 0, "\(unanswered) verbs without an answer")
        let endless = started.symmetricDifference(ended)
        expect(endless.isEmpty, "calls without an end: \(endless)")
        let standing = endedLegs.symmetricDifference(world.far.keys)
        expect(standing.isEmpty, "legs without an end: \(standing)")
        journaled(world)
        for (leg, state) in world.far {
            expect(state.stack == .over, "\(leg) at rest is \(state.stack)")
            let isGone = state.far == .ended || state.isForsaken || state.temper.isSilent
            expect(isGone, "the far side of \(leg) at rest is \(state.far)")
        }
    }

    /// One final entry for each finished call, whatever the bus did with its events.
    private mutating func journaled(_ world: World) {
        let entries = world.journal.entries(&world.random)
        expect(Set(entries.map(\.call)) == ended && entries.count == ended.count, "entries \(entries.map(\.call))")
        for entry in entries {
            expect(entry.final && entry.reason != nil && entry.endedBy != nil, "\(entry.call) is not final")
            let legs = Set(world.far.keys.filter { $0.call == entry.call })
            expect(Set(entry.legs.map(\.leg)) == legs, "\(entry.call) has legs \(entry.legs.map(\.leg)), not \(legs)")
        }
    }
}
