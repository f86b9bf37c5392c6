import Foundation
import TelephonyModel
import Testing

@testable import BusContract
@testable import rufbus_generate

private let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

@Suite struct TopologyTests {
    @Test func generatedFilesAreWhatTheContractSays() throws {
        for file in try Generated.all() { #expect(file.isCurrent(in: project), "\(file.path): run make generate") }
    }

    @Test func theDocumentNamesEveryTypeAndQueue() {
        let text = EventsDocument.text
        for message in Message.all { #expect(text.contains("### `\(message.type)`")) }
        for queue in Topology.queues { #expect(text.contains("`\(queue.name)`")) }
    }

    /// CRC-32 check value of the IEEE polynomial, and users spread over the partitions.
    @Test func partitionsAreCRC32() {
        #expect(CRC32("123456789".utf8).value == 0xCBF4_3926)
        #expect(CRC32([]).value == 0)
        let used = Set((0..<500).map { RoutingKey.partition(of: UserID(unchecked: "user-\($0)")) })
        #expect(used == Set(0..<RoutingKey.partitions))
    }

    /// Every durable queue is probed by somebody, with a key that its binding takes and the sender may use.
    @Test func everyQueueIsFed() throws {
        let feeds = Service.allCases.flatMap { service in service.feeds(instance: "a1").map { (service, $0) } }
        #expect(Set(feeds.map(\.1.queue)) == Set(Topology.queues.map(\.name)))
        for (service, feed) in feeds {
            let queue = try #require(Topology.queues.first { $0.name == feed.queue })
            #expect(queue.exchange == feed.exchange && TopicPattern.binds(queue.key, feed.key), "\(feed)")
            #expect(try may(service, publish: feed.key, to: feed.exchange), "\(service) \(feed)")
        }
    }

    /// Every message's sender may send it, and an event reaches the journal exactly if it has a partition.
    @Test(arguments: Message.all) func sendersMaySend(_ message: Message) throws {
        for service in message.from {
            switch message.road {
            case .event(let pattern, _):
                let key = filled(pattern, service)
                #expect(try may(service, publish: key, to: Topology.events), "\(service) \(key)")
                let queues = Topology.queues.filter {
                    $0.exchange == Topology.events && TopicPattern.binds($0.key, key)
                }
                #expect(queues.map(\.name) == (pattern.contains("<p>") ? ["journal.events.3"] : []))
            case .seat(let what):
                let key = RoutingKey.seat(what, UserID(unchecked: "anna"))
                #expect(try Service.allCases.filter { try may($0, publish: key, to: Topology.seats) } == message.from)
                let queues = Topology.queues.filter { $0.exchange == Topology.seats && TopicPattern.binds($0.key, key) }
                let partition = RoutingKey.partition(of: UserID(unchecked: "anna"))
                #expect(queues.map(\.name) == ["journal.seats.\(partition)"])
            case .request(let pattern):
                #expect(
                    try may(service, publish: filled(pattern, service), to: Topology.requests), "\(service) \(pattern)")
            case .reply, .dead, .probe: break
            }
        }
    }

    private func filled(_ pattern: String, _ service: Service) -> String {
        [
            ("<p>", "3"), ("<user>", "anna"), ("<call>", "c1"), ("<trunk>", "pbx"), ("<service>", service.rawValue),
            ("<instance>", "a1"),
        ]
        .reduce(pattern) { $0.replacing($1.0, with: $1.1) }
    }

    private func may(_ service: Service, publish key: String, to exchange: String) throws -> Bool {
        let rights = Rights(of: service)
        let topic = try #require(rights.topics.first { $0.exchange == exchange })
        return try matches(rights.write, exchange) && matches(topic.write, key)
    }

    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        try text.firstMatch(of: Regex(pattern)) != nil
    }
}

@Suite struct PasswordHashTests {
    /// FIPS 180-4 examples; a million letters take more than one block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 10_000), "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711"),
    ])
    func sha256(_ text: String, _ hash: String) {
        let hex = PasswordHash.sha256(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == hash)
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(_ text: String, _ encoded: String) { #expect(PasswordHash.base64(Array(text.utf8)) == encoded) }

    /// The example of RabbitMQ's documentation of its password hashes.
    @Test func isRabbitMQs() {
        #expect(PasswordHash.salted("test12", salt: 0x908D_C60A) == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR")
    }

    @Test func usersWithoutPasswordCannotLogInAndTheAdministratorIsNotThere() {
        let definitions = Topology.definitions(passwords: ["media": "x"])
        #expect(definitions.users.map(\.name) == Service.allCases.map(\.rawValue) + [Topology.retrier])
        #expect(definitions.users.filter { !$0.password_hash.isEmpty }.map(\.name) == ["media"])
        let again = Topology.definitions(passwords: ["media": "x", "admin": "y"])
        #expect(
            again.users.contains { $0.name == "admin" }
                && again.users[1].password_hash != definitions.users[1].password_hash)
    }
}
