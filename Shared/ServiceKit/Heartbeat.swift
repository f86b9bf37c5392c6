import BusClient
import BusContract
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Publishes `service.alive` every second while the bus is there, and says in the log when it is not confirmed. Gives
/// unused memory back now and then.
struct Heartbeat: ServiceLifecycle.Service {
    /// A replica whose last confirm is older counts as gone.
    static let lease = Duration.seconds(3)

    let context: ServiceContext
    let service: String
    private let confirmedAt = LastConfirm()

    init(_ context: ServiceContext, service: String) { (self.context, self.service) = (context, service) }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                for number in 1... {
                    beat()
                    if number % MemoryTrim.everyBeats == 0 { MemoryTrim.giveBack() }
                    try await Task.sleep(for: .seconds(1))
                }
            }
        } catch is CancellationError {}  // The service ends.
    }

    private func beat() {
        guard context.bus.state == .connected else { return }
        if confirmedAt.isStale(Self.lease) {
            context.logger.warning("alive is not confirmed", metadata: ["since": "\(Self.lease)"])
        }
        let alive = ServiceAlive(
            service: service, instance: context.instance, incarnation: context.incarnation, startedAt: context.startedAt
        )
        context.bus.publish(
            alive, type: ServiceAlive.type, key: RoutingKey.serviceAlive(service, context.instance), durable: false
        ) { [confirmedAt] taken in if taken { confirmedAt.set() } }
    }
}

private final class LastConfirm: Sendable {
    private let at = Mutex<ContinuousClock.Instant?>(nil)
    func set() { at.withLock { $0 = .now } }
    /// Whether there was a confirm, and it is older than this.
    func isStale(_ age: Duration) -> Bool { at.withLock { at in at.map { $0.duration(to: .now) > age } ?? false } }
}
