import BusClient
import BusContract
import CTIGateway
import Logging
import Synchronization
import TelephonyModel

/// Feeds the board from the bus: events as they come, and what ran before, asked once from each signaling process and
/// from presence when it is first seen.
final class BoardFeed: Sendable {
    private let board: CallBoard
    private let house: BusHouse
    private let logger: Logger
    /// Incarnations that have been asked.
    private let known = Mutex<Set<String>>([])

    init(_ board: CallBoard, _ house: BusHouse, _ logger: Logger) {
        (self.board, self.house, self.logger) = (board, house, logger)
    }

    /// The handlers hold the feed.
    func attach(to bus: Bus) {
        bus.listen(["call.#"]) { self.take($0, CallState.self) { self.takeCall($1, $0) } }
        bus.listen(["user.x.status.#"]) { self.take($0, UserStatus.self) { self.board.offer($1, id: $0.id) } }
        bus.listen(["service.x.alive.signaling.#", "service.x.alive.presence.#"]) {
            self.take($0, ServiceAlive.self) { self.meet($1) }
        }
        bus.onStateChange { state in
            // Events may have been missed: whoever is seen next is asked again.
            if state == .lost { self.known.withLock { $0 = [] } }
        }
    }

    private func take<P: Codable & Sendable>(_ event: Received, _ type: P.Type, _ use: (Received, P) -> Void) {
        do { use(event, try event.data(type)) } catch {
            logger.warning("an event cannot be read", metadata: ["type": "\(event.type)", "error": "\(error)"])
        }
    }

    private func takeCall(_ state: CallState, _ event: Received) {
        guard let position = event.position else { return }
        let owner = event.source.split(separator: "/").last.flatMap { InstanceID(rawValue: String($0)) }
        board.offer(state, at: position, owner: owner, id: event.id)
    }

    private func meet(_ service: ServiceAlive) {
        guard known.withLock({ $0.insert(service.incarnation).inserted }) else { return }
        Task {
            do {
                if service.service == "signaling" {
                    try await askCalls(service.instance)
                } else {
                    try await askStatuses()
                }
            } catch {
                known.withLock { $0 = $0.filter { $0 != service.incarnation } }
                logger.warning("a snapshot was not answered", metadata: ["why": "\(error)"])
            }
        }
    }

    private func askCalls(_ instance: InstanceID) async throws(Refusal) {
        for item in try await house.ask(CallSnapshot(), of: instance).calls {
            board.offer(item.state, at: item.position, owner: instance)
        }
    }

    private func askStatuses() async throws(Refusal) {
        for user in try await house.ask(DirectoryQuery(), of: nil).users.map(\.user) {
            guard case .status(let status) = try await house.ask(PresenceQuery(.status(user)), of: nil) else {
                continue
            }
            board.offer(status)
        }
    }
}
