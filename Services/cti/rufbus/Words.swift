import BusContract
import TelephonyModel

/// What the commands print for people.
enum Words {
    static func call(_ state: CallState) -> String {
        let way = state.direction == .outgoing ? "to" : "from"
        var words = [state.call.rawValue, pad(phase(state.phase), 10), way, party(state.party)]
        if let kind = state.legs.first(where: { $0.role == .device })?.kind { words.append("on your \(kind.rawValue)") }
        if let reason = state.reason { words.append("- \(reason.sentence)") }
        return words.joined(separator: " ")
    }

    static func entry(_ entry: JournalEntry) -> String {
        let way =
            switch entry.direction {
            case .outgoing: "to  "
            case .incoming: "from"
            case .unknown: "with"
            }
        let talk = pad(entry.talkMs > 0 ? "\(seconds(entry.talkMs)) s" : "-", 8)
        let sentence = entry.sentence ?? (entry.final ? "Nothing is known of its end." : "still running")
        let end = sentence + (entry.incomplete == true ? " (parts of this call were not recorded)" : "")
        return "\(time(entry.startedAt)) \(way) \(pad(party(entry.party), 18)) \(talk) \(end)"
    }

    static func plan(_ plan: RingPlan, isActive: Bool) -> String {
        let devices = plan.steps.map(\.device.rawValue).joined(separator: ", ")
        return
            "\(isActive ? "*" : " ") \(pad(plan.id.rawValue, 12)) \(pad(plan.name, 20)) "
            + "\(plan.mode.rawValue): \(devices)"
    }

    static func device(_ device: OwnDevice, isActive: Bool) -> String {
        "\(isActive ? "*" : " ") \(pad(device.id.rawValue, 12)) \(pad(device.name, 20)) \(device.number)"
    }

    static func status(_ status: UserStatus) -> String {
        let words = status.phone == .onThePhone ? "on the phone" : status.phone.rawValue
        return "\(pad(status.name, 24)) \(pad(words, 14)) reached at: \(status.reachedAt.rawValue)"
    }

    private static func phase(_ phase: CallPhase) -> String {
        switch phase {
        case .started: "starting"
        case .ringing: "ringing"
        case .guarding: "answered"
        case .dialing: "dialing"
        case .alerting: "alerting"
        case .talking: "talking"
        case .ended: "ended"
        case .unknown: "unknown"
        }
    }

    private static func party(_ party: PartyView) -> String {
        [party.name, party.number].compactMap(\.self).joined(separator: ", ").nonEmpty ?? "anonymous"
    }

    /// "2026-03-01T12:00:00.123Z" -> "2026-03-01 12:00:00".
    private static func time(_ rfc3339: String) -> String {
        String(rfc3339.prefix(19)).replacing("T", with: " ")
    }

    private static func seconds(_ milliseconds: Int64) -> Int64 { (milliseconds + 500) / 1000 }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
