import BusClient
import BusContract
import CTIGateway
import Logging
import Synchronization
import TelephonyModel

/// Feeds the board from the bus: events as they come, and what ran before, asked from each signaling process and from
/// presence when it is first seen. An instance that is silent for a minute is gone, and its calls with it.
final class BoardFeed: Sendable {
    private let board: CallBoard
    private let house: BusHouse
    private let logger: Logger
    private let watch = Mutex(SignalingWatch())
    /// Incarnations of presence that have been asked.
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
        bus.onStateChange { self.busIs($0) }
    }

    /// Every few seconds: forgets old calls and those of instances that are gone; keeps streams alive. Twice a minute
    /// asks for everybody's status, so that who left the directory leaves the board. Returns when it is cancelled.
    func keep() async {
        var rounds = 0
        while !Task.isCancelled {
            for instance in watch.withLock({ $0.gone(now: board.now) }) { board.lost(instance) }
            board.tick()
            rounds += 1
            if rounds % 3 == 0 { await askStatuses() }
            do { try await Task.sleep(for: .seconds(10)) } catch { return }
        }
    }

    private func busIs(_ state: BusState) {
        switch state {
        case .connected: watch.withLock { $0.connected(now: board.now) }
        case .blocked: break
        case .lost:
            // Events may have been missed: whoever is seen next is asked again.
            watch.withLock { $0.disconnected() }
            known.withLock { $0 = [] }
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
        if service.service == "signaling" {
            guard watch.withLock({ $0.heard(service, now: board.now) }) else { return }
            Task { await askCalls(service) }
        } else if known.withLock({ $0.insert(service.incarnation).inserted }) {
            Task { if await !askStatuses() { known.withLock { _ = $0.remove(service.incarnation) } } }
        }
    }

    /// Its next sign of life asks again if this is not answered.
    private func askCalls(_ service: ServiceAlive) async {
        let askedAt = board.now
        do throws(Refusal) {
            let calls = try await house.ask(CallSnapshot(), of: service.instance).calls
            board.snapshot(calls, of: service.instance, askedAt: askedAt)
            watch.withLock { $0.answered(service.instance, service.incarnation) }
        } catch {
            logger.warning("a snapshot was not answered", metadata: ["why": "\(error.sentence)"])
        }
    }

    /// - Returns: whether presence answered.
    @discardableResult private func askStatuses() async -> Bool {
        let askedAt = board.now
        do throws(Refusal) {
            guard case .statuses(let statuses) = try await house.ask(PresenceQuery(.statuses), of: nil) else {
                return false
            }
            board.replace(statuses, askedAt: askedAt)
            return true
        } catch {
            logger.warning("presence did not say who is where", metadata: ["why": "\(error.sentence)"])
            return false
        }
    }
}
