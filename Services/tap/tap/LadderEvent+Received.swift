import BusClient
import BusContract
import Ladder

extension LadderEvent {
    /// Nil for what a ladder does not show.
    /// - Throws: the payload's mistake.
    init?(_ received: Received) throws {
        guard let position = received.position, let at = Timestamp.milliseconds(received.time) else { return nil }
        // "rufbus.<family>.<what>.v1"
        let words = received.type.split(separator: ".")
        guard words.count == 4 else { return nil }
        guard let what = try What(String(words[1]), String(words[2]), received, at: at) else { return nil }
        self.init(what, at: at, position: position)
    }
}

extension Received {
    /// Nil for any other message.
    func deadMessage() throws -> DeadMessage? { type == DeadMessage.type ? try data(DeadMessage.self) : nil }
}

extension LadderEvent.What {
    fileprivate init?(_ family: String, _ name: String, _ received: Received, at: Int64) throws {
        if family == "call", let what = CallWhat(rawValue: name) {
            let state = try received.data(CallState.self)
            self = .call(what, state, startedAt: Timestamp.milliseconds(state.startedAt) ?? at)
        } else if family == "leg", name == LegWhat.message.rawValue {
            self = .message(try received.data(LegMessage.self))
        } else if family == "media", let what = MediaWhat(rawValue: name) {
            self = .media(what, try received.data(MediaFact.self))
        } else {
            return nil
        }
    }
}
