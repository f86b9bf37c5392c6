import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

/// Tests of the bus against a real RabbitMQ, one after the other: they share its queues.
@Suite(BusStage(), .serialized) struct BusTests {}

/// A broker of our own around the suite.
struct BusStage: SuiteTrait, TestScoping {
    /// RabbitMQ 3.10 writes the directory of its quorum queues with some seconds' delay: killed before, it comes back
    /// with a queue that has neither messages nor leader.
    static let untilQueuesAreWritten = Duration.seconds(6)
    /// Whether the suite kills it.
    var isKilled = false

    @TaskLocal static var current: Broker?
    static var broker: Broker {
        guard let current else { preconditionFailure("the suite has no BusStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let folder = try LocalFolder("bus")
        let broker = try Broker(in: folder)
        try await broker.start()
        if isKilled { try await Task.sleep(for: Self.untilQueuesAreWritten) }
        try await Self.$current.withValue(broker) { try await body() }
        await broker.kill()
        try folder.remove()
    }

    /// A bus of this service; closed by the test.
    static func bus(
        _ service: String, _ instance: String = "a1", url: String? = nil, passive: Bool = false,
        tls: BusSettings.TLS = .init(), outbox: String? = nil
    ) -> Bus {
        var logger = Logger(label: service)
        logger.logLevel = .critical
        let settings = BusSettings(
            url: url ?? broker.url(for: service), service: service, instance: InstanceID(unchecked: instance), tls: tls,
            outbox: outbox)
        return Bus(settings, logger: logger, passive: passive)
    }

    /// A connection without the client around it, for what the client would never send.
    static func link(_ user: String) throws -> Link { try Link(BrokerURL(broker.url(for: user)), name: "test") }
}

/// What came, in its order, from any thread.
final class Inbox<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])
    func add(_ item: Item) { items.withLock { $0.append(item) } }
    var all: [Item] { items.withLock { $0 } }

    /// Waits until there are so many, or for `limit`.
    @discardableResult
    func wait(for count: Int, limit: Duration = .seconds(10)) async throws -> [Item] {
        try await eventually(limit) { self.all.count >= count }
        return all
    }
}

/// A fact that a test publishes as `call.started` of its user.
struct TestFact: Codable, Hashable, Sendable {
    var number: Int
    var user: UserID = UserID(unchecked: "anna")

    static let type = CallWhat.started.type
    var key: String { RoutingKey.call(.started, user, CallID(unchecked: "call-1")) }
    var queue: String { Topology.eventQueue(RoutingKey.partition(of: user)) }
    var position: CallPosition {
        let call = CallID(unchecked: "call-1")
        return CallPosition(seat: user, call: call, conversation: call, epoch: 1, sequence: number)
    }
}

extension Bus {
    func publish(_ fact: TestFact, confirmed: (@Sendable (Bool) -> Void)? = nil) {
        publish(
            fact, type: TestFact.type, key: fact.key, position: fact.position, durable: true, confirmed: confirmed)
    }
    func publishConfirmed(_ fact: TestFact) async throws(BusError) {
        try await publishConfirmed(fact, type: TestFact.type, key: fact.key, position: fact.position, durable: true)
    }
}

extension Link {
    /// Sends bytes that are no message of ours, and waits until the broker has them.
    func sendRaw(_ body: String, to exchange: String, key: String) throws {
        try selectConfirms()
        try publish(
            Outgoing(exchange: exchange, key: key, type: "x", id: "x", body: Array(body.utf8), kind: .event))
        let end = Clock.now() + .milliseconds(5_000)
        while Clock.now() < end {
            if case .confirmed = try next() { return }
            usleep(2_000)
        }
        throw BusError(.lost, "no confirm")
    }
}
