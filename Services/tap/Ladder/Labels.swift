import BusContract
import TelephonyModel

// What stands on arrows and notes.

extension LegMessage {
    /// "INVITE (SDP)", "180 Ringing", "200 OK (BYE)".
    var label: String {
        var remarks = hasSDP ? ["SDP"] : []
        if status != nil, method != "INVITE" { remarks.insert(method, at: 0) }
        let name = [role == .fallback ? "fallback" : nil, status.map(String.init) ?? method, phrase]
        let words = name.compactMap { $0 }.joined(separator: " ")
        return remarks.isEmpty ? words : words + " (\(remarks.joined(separator: ", ")))"
    }

    var style: Line.Style {
        switch status {
        case nil: .request
        case .some(..<200): .progress
        case .some(200..<300): .success
        case .some: .failure
        }
    }

    var side: Frame.Side { role == .party ? .party : .device }

    /// Rufbus stands in the middle.
    var arrow: Frame.Way {
        switch (side, way) {
        case (.device, .sent), (.party, .received): .left
        case (.device, .received), (.party, .sent): .right
        }
    }
}

extension CallState {
    func label(_ what: CallWhat) -> String {
        var text = "call.\(what.rawValue)"
        if phase.rawValue != what.rawValue { text += ": \(phase.rawValue)" }
        guard let reason else { return text }
        text += ": \(reason.rawValue)"
        if let endedBy { text += " by \(endedBy.rawValue)" }
        return text + ". " + reason.sentence
    }

    /// Who talks to whom.
    var people: String {
        let party = [party.name, party.number].compactMap { $0 }.joined(separator: " ")
        let name = party.isEmpty ? "anonymous" : party
        return "\(user) (\(officeNumber)) \(direction == .outgoing ? "calls" : "is called by") \(name)"
    }
}

extension MediaFact {
    /// One remark, or one for each leg that was measured.
    func labels(_ what: MediaWhat, _ name: (LegID) -> String) -> [String] {
        switch what {
        case .opened: ["media.opened: \(legs.count) \(legs.count == 1 ? "leg" : "legs") on \(instance)"]
        case .joined: ["media.joined: \(legs.map { name($0.leg) }.joined(separator: " and ")) hear each other"]
        case .ended:
            legs.map {
                "media.ended: \(name($0.leg)) \($0.packetsReceived) in, \($0.packetsSent) out, \($0.packetsLost) lost"
            }
        }
    }
}
