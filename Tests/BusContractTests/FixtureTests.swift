import BusContract
import Foundation
import TelephonyModel
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/bus")

extension Message: CustomTestStringConvertible {
    public var testDescription: String { fixture }
}

/// Golden examples: what a type looks like on the wire never changes.
@Suite struct FixtureTests {
    @Test(arguments: Message.all) func encodesAsItsFixture(_ message: Message) throws {
        #expect(try canonical(JSONEncoder().encode(message.example)) == canonical(fixture(message)))
    }

    /// Reads the fixture and writes it again.
    @Test(arguments: Message.all) func decodesItsFixture(_ message: Message) throws {
        let back = try decoded(message.example, from: try fixture(message))
        #expect(try canonical(JSONEncoder().encode(back)) == canonical(fixture(message)))
    }

    @Test(arguments: Message.all) func passesOverFieldsOfANewerVersion(_ message: Message) throws {
        var object = try #require(try JSONSerialization.jsonObject(with: fixture(message)) as? [String: Any])
        object["laterattribute"] = ["x": 1]
        if var data = object["data"] as? [String: Any], !(data.count == 1 && data.values.first is [String: Any]) {
            data["laterField"] = [1, 2]
            object["data"] = data
        }
        let back = try decoded(message.example, from: JSONSerialization.data(withJSONObject: object))
        #expect(try canonical(JSONEncoder().encode(back)) == canonical(fixture(message)))
    }

    @Test func eachFixtureBelongsToAMessage() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(files) == Set(Message.all.map(\.fixture)))
        #expect(Message.all.count == Set(Message.all.map(\.fixture)).count)
    }

    /// Directories without ring plans, rules, targets and identity profiles: what is missing is as it was then.
    @Test func readsTheDirectoryOfAnOlderVersion() throws {
        let file = folder.deletingLastPathComponent()
            .appending(path: "older/rufbus.presence.directory-reply.v1.json")
        let envelope = try JSONDecoder().decode(
            Envelope<Reply<DirectoryQuery.Answer>>.self, from: try Data(contentsOf: file))
        guard case .answer(let answer) = envelope.data else {
            Issue.record("no answer")
            return
        }
        let trunk = try #require(answer.trunks.first), user = try #require(answer.users.first)
        #expect(trunk.targets == [TrunkTarget(address: "192.0.2.5", port: 5060)])
        #expect(trunk.identity == IdentityProfile() && trunk.lastAnswer == .notHere && trunk.noAnswerSeconds == 60)
        #expect(user.plan == nil && user.plans.isEmpty && user.rules == IncomingRules())
    }

    /// Device numbers travel on requests and replies only.
    @Test(arguments: Message.all) func eventsHoldNoDeviceNumber(_ message: Message) throws {
        guard case .event = message.road else { return }
        #expect(!String(decoding: try fixture(message), as: UTF8.self).contains("+491711234567"))
    }

    private func fixture(_ message: Message) throws -> Data {
        try Data(contentsOf: folder.appending(path: message.fixture))
    }

    private func decoded<E: Codable & Sendable>(_ example: E, from data: Data) throws -> any Encodable {
        try JSONDecoder().decode(E.self, from: data)
    }

    /// The same text for the same JSON, whatever the order of keys.
    private func canonical(_ data: Data) throws -> String {
        let object = try JSONSerialization.jsonObject(with: data)
        let text = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
        return String(decoding: text, as: UTF8.self)
    }
}
