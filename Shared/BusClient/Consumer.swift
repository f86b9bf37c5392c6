import BusContract
import Foundation
import Logging
import Synchronization

/// All that comes to a service; `ConsumerLoop` is its thread's life.
final class Consumer: Sendable {
    struct Commands {
        /// Queues are read only after this, so that no work comes before the way out is proved.
        var mayRead = false
        var isClosing = false
    }
    let commands = Mutex(Commands())
    let acknowledgements = Acknowledgements()
    let publisher: Publisher
    let isPassive: Bool
    /// Exchanges, queues and bindings stand.
    let declared = Promise<Result<Void, BusError>>()
    let reading = Promise<Result<Void, BusError>>()
    private let ended = Promise<Void>()
    private let started = Atomic(false)

    init(_ publisher: Publisher, isPassive: Bool) { (self.publisher, self.isPassive) = (publisher, isPassive) }

    var wake: Wake { acknowledgements.wake }

    func start(_ url: BrokerURL, _ registry: Registry) {
        let thread = Thread { [self] in
            ConsumerLoop(self, url, registry).run()
            ended.fulfil(())
        }
        thread.name = "bus-consume"
        started.store(true, ordering: .relaxed)
        thread.start()
    }

    var isStarted: Bool { started.load(ordering: .relaxed) }

    func read() {
        commands.withLock { $0.mayRead = true }
        wake.signal()
    }

    func stop() async {
        commands.withLock { $0.isClosing = true }
        wake.signal()
        await ended.value
    }
}

/// Acknowledgements on their way to the consumer's thread, from any thread.
final class Acknowledgements: Sendable {
    struct Mark: Sendable {
        /// Counts connections: a delivery of an earlier one cannot be settled any more.
        let connection: Int
        let tag: UInt64
    }
    private struct Waiting {
        var marks: [Mark] = []
        /// The thread is handing out deliveries and looks here afterwards: nobody need wake it.
        var isHandingOut = false
    }
    private let waiting = Mutex(Waiting())
    let wake = Wake()

    func add(_ mark: Mark) {
        let wakes = waiting.withLock { waiting in
            waiting.marks.append(mark)
            return waiting.marks.count == 1 && !waiting.isHandingOut
        }
        if wakes { wake.signal() }
    }

    /// Before deliveries are handed out; `take` ends it.
    func handOut() { waiting.withLock { $0.isHandingOut = true } }

    func take() -> [Mark] {
        waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.marks
        }
    }
}
