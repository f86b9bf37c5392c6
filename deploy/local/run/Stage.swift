import Foundation
import LocalHouse
import Synchronization

/// The house of `make run` with its three phones.
final class Stage: Sendable {
    let address: String
    private struct Built { var house: House?, phones: [String: BaresipPhone] = [:] }
    private let built = Mutex(Built())

    init(address: String) { self.address = address }

    var house: House {
        guard let house = built.withLock({ $0.house }) else { preconditionFailure("the house is not up") }
        return house
    }
    func phone(_ name: String) -> BaresipPhone {
        guard let phone = built.withLock({ $0.phones[name] }) else { preconditionFailure("no phone \(name)") }
        return phone
    }

    /// Prints a line a part, with the seconds since the start.
    func start() async throws {
        say("starts servers and services on \(address) …")
        let begin = ContinuousClock.now
        let house = try await House.start(
            .services, address: address, report: { part, time in say("  \(seconds(time))  \(part)") })
        built.withLock { $0.house = house }
        say("services ready after \(seconds(ContinuousClock.now - begin)) s")
        try await startPhones(house)
    }

    func stop() async {
        let all = built.withLock { built in
            defer { built = Built() }
            return built
        }
        await withTaskGroup(of: Void.self) { group in
            for phone in all.phones.values { group.addTask { await phone.stop() } }
        }
        await all.house?.stop()
    }

    private func startPhones(_ house: House) async throws {
        let voices = try Build.checkout() + "/deploy/demo-pbx/"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (name, user, delay) in [
                // Longer than 2 s: an outside phone that answers sooner must press 1 (it might be a mailbox).
                ("anna", Demo.annaMobile, 2.5), ("office", Demo.annaExtension, 1), ("customer", Demo.customer, 1.5),
            ] {
                group.addTask {
                    let phone = try await BaresipPhone(
                        name, user: user, pbx: house.pbx, speaks: voices + name + ".wav",
                        answering: .after(.seconds(delay)), in: house.folder)
                    self.built.withLock { $0.phones[name] = phone }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// "3.4"
func seconds(_ duration: Duration) -> String {
    let parts = duration.components
    return String(format: "%.1f", Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
}
