import BusClient
import BusContract
import Logging
import PresenceCore
import TelephonyModel

/// Phone status: from the calls that signaling tells of, to whoever shows colleagues.
extension Desk {
    /// A `call.*` event. One that cannot be read heals with the next.
    func heardCall(_ received: Received) {
        guard let position = received.position else { return }
        do {
            let state = try received.data(CallState.self)
            let user = memory.withLock { memory in
                memory.board.heard(state, at: position, from: Self.instance(received.source), now: Clock.steadyMs())
            }
            if let user { publishStatus(of: [user]) }
        } catch {
            logger.debug("a call's event cannot be read", metadata: ["id": "\(received.id)", "error": "\(error)"])
        }
    }

    /// `service.alive` of a signaling instance: at first sight it is asked what runs on it.
    func heardAlive(_ received: Received) {
        do {
            let alive = try received.data(ServiceAlive.self)
            let isNew = memory.withLock { $0.watch.heard(alive, now: Clock.steadyMs()) }
            if isNew { ask(alive.instance, alive.incarnation) }
        } catch {
            logger.debug("a sign of life cannot be read", metadata: ["id": "\(received.id)", "error": "\(error)"])
        }
    }

    func busIs(_ state: BusState) {
        let now = Clock.steadyMs()
        memory.withLock { memory in
            switch state {
            case .connected: memory.watch.connected(now: now)
            case .blocked: break
            case .lost: memory.watch.disconnected()
            }
        }
    }

    /// Forgets what is over, and the calls of instances that are gone.
    func tidy() {
        let now = Clock.steadyMs()
        let changed = memory.withLock { memory in
            let forgotten = memory.board.forget(now: now)
            return forgotten + memory.watch.gone(now: now).flatMap { memory.board.lost($0) }
        }
        publishStatus(of: changed)
    }

    /// All calls that run now; nil while one could run unseen.
    func runningCalls() async -> [CallID]? {
        guard let instances = memory.withLock({ $0.watch.all(now: Clock.steadyMs()) }) else { return nil }
        var calls: [CallID] = []
        do throws(Refusal) {
            for instance in instances {
                calls += try await bus.request(CallSnapshot(), to: instance).calls.map(\.state.call)
            }
        } catch {
            return nil
        }
        return calls
    }

    func publishStatus(of users: [UserID]) {
        for user in users {
            do throws(Refusal) {
                let status = try memory.withLock { memory throws(Refusal) in try memory.status(of: user) }
                bus.publish(status, type: UserStatus.type, key: RoutingKey.userStatus(user), durable: false)
            } catch {
                continue  // A call of somebody who is not in the directory any more.
            }
        }
    }

    private func ask(_ instance: InstanceID, _ incarnation: String) {
        let askedAt = Clock.steadyMs()
        bus.request(CallSnapshot(), to: instance) { [self] result in
            // Its next sign of life asks again.
            guard case .success(let snapshot) = result else { return }
            let changed = memory.withLock { memory in
                memory.watch.answered(instance, incarnation)
                return memory.board.snapshot(
                    snapshot.calls, of: instance, askedAt: askedAt, now: Clock.steadyMs())
            }
            publishStatus(of: changed)
        }
    }

    /// "rufbus/signaling/a1" -> a1.
    private static func instance(_ source: String) -> InstanceID? {
        source.split(separator: "/").last.flatMap { InstanceID(rawValue: String($0)) }
    }
}
