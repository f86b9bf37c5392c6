import BusContract
import TelephonyModel

/// What the ladder knows of one call.
struct DrawnCall: Sendable {
    let id: CallID
    var lastSeen: Int64 = 0
    /// Events that wait for the first one that carries the call's state.
    var waiting: [LadderEvent] = []
    var waitingSince: Int64?
    private(set) var state: Newest<CallState>?
    /// When the call began, as far as it is known.
    private(set) var start: Int64?
    private(set) var isHeaded = false
    private var roles: [LegID: LegRole] = [:]

    init(_ id: CallID) { self.id = id }

    /// The end of a call's id: its beginning is the time, which calls of one moment share.
    var tag: String { String(id.rawValue.suffix(4)) }
    var isOver: Bool { state?.value.phase == .ended }

    mutating func learn(_ event: LadderEvent) {
        switch event.what {
        case .message(let message): roles[message.leg] = message.role
        case .media: break
        case .call(_, let value, let startedAt):
            for leg in value.legs { roles[leg.leg] = leg.role }
            guard state != nil else { return begin(value, event.position, startedAt) }
            _ = state?.offer(value, at: event.position)
        }
    }

    /// The first state. What was drawn before had no start: it gets its header now.
    private mutating func begin(_ value: CallState, _ position: CallPosition, _ startedAt: Int64) {
        state = Newest(value, at: position)
        start = startedAt
        isHeaded = false
    }

    /// - Parameter first: stands for the start, if that is not known.
    mutating func head(from first: Int64) {
        (isHeaded, waiting, waitingSince) = (true, [], nil)
        if start == nil { start = first }
    }

    var header: [Line] {
        let about =
            state.map { "\($0.value.direction.rawValue), started \($0.value.startedAt)" }
            ?? "already running; times from its first message"
        let people = state.map { Line("[\(tag)] \($0.value.people)".cut(to: Frame.width), .header) }
        return [Line("[\(tag)] call \(id), \(about)".cut(to: Frame.width), .header)]
            + (people.map { [$0] } ?? []) + [Line(Frame.names, .header)]
    }

    func lines(_ event: LadderEvent, tag: String?) -> [Line] {
        let margin = Frame.margin(event.at - (start ?? event.at), tag)
        switch event.what {
        case .message(let message):
            return [Line(margin + Frame.arrow(message.label, on: message.side, message.arrow), message.style)]
        case .call(let what, let state, _):
            return Frame.notes(state.label(what), fill: ".").map { Line(margin + $0, .call) }
        case .media(let what, let fact):
            return fact.labels(what, name).flatMap { Frame.notes($0, fill: "~") }.map { Line(margin + $0, .media) }
        }
    }

    private func name(_ leg: LegID) -> String { roles[leg]?.rawValue ?? leg.rawValue }
}
