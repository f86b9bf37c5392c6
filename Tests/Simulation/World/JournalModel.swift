import BusContract
import CallControl
import JournalCore
import TelephonyModel
import TestSupport

/// What the journal makes of all that was published: the bus delivers at least once, and in any order.
struct JournalModel {
    private var events: [LoggedEvent] = []

    mutating func see(_ effect: Seat.Effect) {
        switch effect {
        case .publish(let what, let picture, let position):
            take(what.type, position, .call(CallFacts(picture.state(Self.time))))
        case .publishLeg(let what, let picture, let position):
            take(what.type, position, .leg(picture.fact(sessionID: nil, Self.time)))
        default: break
        }
    }

    private mutating func take(_ type: String, _ position: CallPosition, _ content: LoggedEvent.Content) {
        events.append(
            LoggedEvent(
                source: "rufbus/signaling/a1", id: "\(position.call)-\(position.sequence)", type: type,
                time: Self.time(Instant(milliseconds: 0)), position: position, content: content))
    }

    /// One entry for each call that anything was said of.
    func entries(_ random: inout SeededRandom) -> [JournalEntry] {
        let repeated = events.filter { _ in random.one(in: 3) }
        var folds: [CallID: CallFold] = [:]
        for event in (events + repeated).shuffled(using: &random) {
            guard let position = event.position else { continue }
            folds[position.call, default: CallFold(position)].add(event)
        }
        return folds.values.compactMap(\.entry)
    }

    /// RFC 3339; the seat began at noon.
    private static func time(_ instant: Instant) -> String {
        let seconds = instant.milliseconds / 1_000
        func digits(_ number: Int64, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let clock = [12 + seconds / 3_600, seconds / 60 % 60, seconds % 60].map { digits($0, 2) }.joined(separator: ":")
        return "2026-03-01T\(clock).\(digits(instant.milliseconds % 1_000, 3))Z"
    }
}
