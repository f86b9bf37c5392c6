import BusClient
import BusContract
import Ladder
import Synchronization
import TelephonyModel

/// Between the bus' thread and whoever reads our output: holds 10,000 lines, and counts what it had to drop.
final class RawInbox: Sendable {
    private struct State {
        /// Nil if too little is heard to tell what is missing.
        var gaps: GapWatch?
        var hasConnected = false
        var dropped = 0
    }
    let lines: AsyncStream<RawLine>
    private let inbox: AsyncStream<RawLine>.Continuation
    private let call: CallID?
    private let state: Mutex<State>

    init(_ options: TapOptions) {
        (lines, inbox) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
        call = options.call
        state = Mutex(State(gaps: options.hearsWholeCalls ? GapWatch() : nil))
    }

    func take(_ message: Overheard) {
        let envelope = message.envelope
        if let call, envelope?.position?.call != call { return }
        if let envelope, let position = envelope.position {
            let missing = state.withLock { $0.gaps?.take(type: envelope.type, at: position) ?? 0 }
            if missing > 0 { put(.gap(messages: missing, call: position.call, why: Self.overrun)) }
        }
        put(.message(message, hasEnvelope: envelope != nil))
    }

    private static let overrun = """
        By their sequence these events did not come. A tap that is slower than the bus loses the oldest of more than \
        \(Topology.listenerLimit).
        """

    /// The first time it is the beginning.
    func connected() {
        let isFirst = state.withLock { state in
            defer { state.hasConnected = true }
            return !state.hasConnected
        }
        if isFirst { return }
        put(.gap(why: "The connection to the broker was lost: nothing was heard meanwhile."))
    }

    /// How many messages were dropped since it was asked last.
    func dropped() -> Int {
        state.withLock { state in
            defer { state.dropped = 0 }
            return state.dropped
        }
    }

    func finish() { inbox.finish() }

    private func put(_ line: RawLine) {
        guard case .dropped(let old) = inbox.yield(line) else { return }
        state.withLock { $0.dropped += old.messages }
    }
}
