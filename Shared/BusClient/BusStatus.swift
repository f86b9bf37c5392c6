import Synchronization

/// The state of both connections as one, and whoever wants to hear of it.
final class BusStatus: Sendable {
    private struct Parts {
        var publisher = false
        var consumer = false
        var blocked = false
        var handlers: [@Sendable (BusState) -> Void] = []
        var state: BusState {
            guard publisher, consumer else { return .lost }
            return blocked ? .blocked : .connected
        }
    }
    private let parts = Mutex(Parts())
    /// What was told last. Held while handlers run, so that they hear changes in their order.
    private let told = Mutex(BusState.lost)

    var now: BusState { parts.withLock { $0.state } }

    func add(_ handler: @escaping @Sendable (BusState) -> Void) { parts.withLock { $0.handlers.append(handler) } }

    func publisher(_ up: Bool) {
        change {
            $0.publisher = up
            $0.blocked = false
        }
    }
    func consumer(_ up: Bool) { change { $0.consumer = up } }
    func blocked(_ blocked: Bool) { change { $0.blocked = blocked } }

    private func change(_ work: (inout sending Parts) -> Void) {
        parts.withLock { work(&$0) }
        told.withLock { told in
            let (state, handlers) = parts.withLock { ($0.state, $0.handlers) }
            guard state != told else { return }
            told = state
            for handler in handlers { handler(state) }
        }
    }
}
