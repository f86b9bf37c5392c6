import BusContract
import Foundation
import Testing
import Yams

@testable import rufbus_generate

private let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The document as a reader of it has it: parsed from the file's text.
private let document: JSONValue = {
    do {
        return JSONValue(yaml: try Yams.load(yaml: AsyncAPIDocument.text()))
    } catch {
        Issue.record("docs/asyncapi.yaml is no YAML: \(error)")
        return .null
    }
}()

private func objects(_ path: String) -> [(String, JSONValue)] {
    let found = document.resolved("#/" + path)?.fields ?? [:]
    return found.sorted { $0.key < $1.key }
}

/// Which fields AsyncAPI 3.0.0 knows in an object (beside `x-…`), and which must be there.
private struct ObjectRule: CustomTestStringConvertible {
    let testDescription: String
    let path: String
    let required: [String]
    let known: [String]

    init(_ path: String, required: [String], known: [String]) {
        (testDescription, self.path, self.required, self.known) = (path, path, required, required + known)
    }

    static let all = [
        ObjectRule(
            "servers", required: ["host", "protocol"],
            known: [
                "protocolVersion", "pathname", "description", "variables", "security", "bindings",
            ]),
        ObjectRule(
            "channels", required: ["address", "messages", "bindings"],
            known: [
                "title", "summary", "description", "servers", "parameters", "tags",
            ]),
        ObjectRule(
            "operations", required: ["action", "channel", "messages", "bindings"],
            known: [
                "title", "summary", "description", "security", "tags", "reply",
            ]),
        ObjectRule("components", required: [], known: []),
        ObjectRule(
            "components/messages", required: ["name", "payload", "contentType", "bindings", "examples"],
            known: [
                "headers", "correlationId", "title", "summary", "description", "tags",
            ]),
        ObjectRule("components/parameters", required: ["description"], known: ["enum", "default", "examples"]),
        ObjectRule("components/correlationIds", required: ["location"], known: ["description"]),
        ObjectRule("components/replyAddresses", required: ["location"], known: ["description"]),
        ObjectRule("components/securitySchemes", required: ["type"], known: ["description"]),
    ]
}

/// The document is AsyncAPI 3.0.0, says all that the contract says, and says it truly.
@Suite struct AsyncAPITests {
    // MARK: Structure

    @Test(arguments: ObjectRule.all) fileprivate func objectsHaveTheirFields(_ rule: ObjectRule) {
        #expect(!objects(rule.path).isEmpty)
        guard rule.path != "components" else { return }
        for (name, object) in objects(rule.path) {
            let names = Set(object.fields.keys.filter { !$0.hasPrefix("x-") })
            #expect(names.isSuperset(of: rule.required) && names.isSubset(of: rule.known), "\(rule.path)/\(name)")
            #expect(name.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil, "\(name)")
        }
    }

    @Test func theRootIsWhatAReaderLooksFor() {
        #expect(
            document["asyncapi"] == "3.0.0" && document["info", "title"] != nil && document["info", "version"] == "1")
        #expect(
            Set(document.fields.keys)
                == ["asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"])
    }

    @Test func everyReferenceLeadsSomewhere() {
        let pointers = document.all("$ref").compactMap(\.text)
        #expect(pointers.count > 500)
        for pointer in Set(pointers) { #expect(document.resolved(pointer) != nil, "\(pointer)") }
    }

    @Test func addressesHaveTheirParameters() {
        for (name, channel) in objects("channels") {
            let parts = channel["address"]?.text?.matches(of: /\{([a-z]+)\}/).map { String($0.1) } ?? []
            #expect(Set(parts) == Set(channel["parameters"]?.fields.keys.map(\.self) ?? []), "\(name)")
        }
    }

    /// A queue has `queue` and no `exchange`, a routing key the other way round (AMQP bindings 0.3.0).
    @Test func channelsHaveABindingOfTheirKind() throws {
        for (name, channel) in objects("channels") {
            let binding = try #require(channel["bindings", "amqp"] ?? target(channel["bindings"])?["amqp"], "\(name)")
            let isQueue = binding["is"] == "queue"
            #expect(isQueue || binding["is"] == "routingKey", "\(name)")
            #expect((binding["queue"] != nil) == isQueue && (binding["exchange"] == nil) == isQueue, "\(name)")
            #expect(binding["bindingVersion"] == "0.3.0")
        }
    }

    /// Messages of an operation, and of its reply, are those of its channel; where a reply says its own address, the
    /// channel has none.
    @Test func operationsStayWithinTheirChannels() throws {
        for (name, operation) in objects("operations") {
            for side in [operation, operation["reply"]].compactMap(\.self) {
                let pointer = try #require(side["channel", "$ref"]?.text, "\(name)")
                let messages = (side["messages"]?.items ?? []).compactMap { $0["$ref"]?.text }
                #expect(!messages.isEmpty && messages.allSatisfy { $0.hasPrefix(pointer + "/messages/") }, "\(name)")
                let address = document.resolved(pointer)?["address"]
                #expect((side["address"] == nil) == (address?.text != nil), "\(name)")
            }
            #expect(operation["action"] == "send" || operation["action"] == "receive")
        }
    }

    // MARK: Complete

    @Test(arguments: Message.all) func everyMessageIsThere(_ message: Message) throws {
        let object = try #require(document.resolved("#/components/messages/\(message.type)"))
        #expect(object["name"]?.text == message.type)
        #expect(object["bindings", "amqp", "messageType"]?.text == message.type)
        #expect(object["examples"]?.items.contains { $0["name"]?.text == message.variant ?? "example" } == true)
        #expect(!channels(with: message.type).isEmpty)
    }

    @Test(arguments: Topology.exchanges) func everyExchangeIsThere(_ exchange: String) {
        let binding = document.resolved("#/components/channelBindings/\(exchange)")
        #expect(binding?["amqp", "exchange", "name"]?.text == exchange)
        let pointer = JSONValue.string("#/components/channelBindings/\(exchange)")
        #expect(objects("channels").contains { $1["bindings", "$ref"] == pointer })
    }

    @Test func everyQueueIsThereWithItsArguments() throws {
        for queue in Topology.queues {
            let words = queue.name.split(separator: ".").map { Int($0) == nil ? String($0) : "{p}" }
            let name = words.joined(separator: ".")
            let channel = try #require(
                objects("channels").first { $1["bindings", "amqp", "queue", "name"]?.text == name }?.1, "\(name)")
            #expect(channel["bindings", "amqp", "queue", "durable"] == .bool(true))
            #expect(channel["x-bound", "exchange"]?.text == queue.exchange)
            #expect(Set(channel["x-arguments"]?.fields.keys.map(\.self) ?? []) == Set(queue.arguments.keys))
        }
    }

    /// Who sends a message says so; what is asked is answered by somebody, with the reply of its type.
    @Test(arguments: Message.all) func everySenderSendsAndEveryQuestionIsAnswered(_ message: Message) {
        let reply = BusRequestType.reply(to: message.type)
        let isQuestion = Message.all.contains { $0.type == reply }
        for service in message.from where message.road != .reply {
            let sent = operations(of: service, "send", message.type)
            #expect(!sent.isEmpty, "\(service) sends \(message.type)")
            if isQuestion { #expect(sent.allSatisfy { replies($0) == [reply] }) }
        }
        guard isQuestion else { return }
        let answering = Service.allCases.flatMap { operations(of: $0, "receive", message.type) }.map(replies)
        #expect(answering.contains([reply]))
    }

    /// Every event that a lasting queue or a listener gets is in an operation of its reader.
    @Test func readersReceive() {
        let readers = Dictionary(grouping: objects("operations")) { $0.0.split(separator: ".")[0] }
        #expect(Set(readers.keys.map(String.init)) == Set(Service.allCases.map(\.rawValue)))
        for type in ["rufbus.call.ended.v1", "rufbus.leg.ended.v1", "rufbus.media.ended.v1"] {
            #expect(
                !operations(of: .journal, "receive", type).isEmpty && !operations(of: .tap, "receive", type).isEmpty)
        }
        #expect(operations(of: .journal, "receive", "rufbus.leg.message.v1").isEmpty)
        #expect(operations(of: .tap, "send", "").isEmpty && !operations(of: .tap, "receive", DeadMessage.type).isEmpty)
        #expect(!operations(of: .signaling, "receive", "rufbus.user.changed.v1").isEmpty)
        #expect(operations(of: .signaling, "receive", "rufbus.user.status.v1").isEmpty)
    }

    /// What a service's source listens to is what the contract says that it hears.
    @Test(arguments: [Service.signaling, .media, .presence, .journal, .cti])
    func servicesListenToWhatTheySay(_ service: Service) throws {
        let folder = project.appending(path: "Services/\(service.rawValue)")
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        #expect(files.count > 5)
        var heard: [String] = []
        for file in files where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for call in text.matches(of: /\.listen\(\[([^\]]*)\]/) {
                heard += call.1.matches(of: /"([^"]*)"/).map { String($0.1) }
            }
        }
        #expect(Set(heard) == Set(service.hears))
    }

    // MARK: True

    /// Each golden fixture is what the document says of its type, and each example is a fixture.
    @Test(arguments: Message.all) func fixturesFitTheirSchemas(_ message: Message) throws {
        let file = project.appending(path: "Tests/Fixtures/bus/\(message.fixture)")
        let fixture = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
        let object = try #require(document.resolved("#/components/messages/\(message.type)"))
        let payload = try #require(object["payload"])
        #expect(JSONSchema(document: document).mistakes(in: fixture, by: payload) == [])
        #expect(object["examples"]?.items.contains { $0["payload"] == fixture } == true)
    }

    /// The checker finds what is wrong, and the schemas are not empty: each of these is a mistake.
    @Test(
        arguments: [
            ("rufbus.call.ended.v1", "phase", .null), ("rufbus.call.ended.v1", "direction", "sideways"),
            ("rufbus.call.ended.v1", "startedAt", "noon"), ("rufbus.call.ended.v1", "user", "Anna B"),
            ("rufbus.call.ended.v1", "legs", .array([.object([:])])), ("rufbus.media.commands.v1", "commands", "none"),
            ("rufbus.media.commands.v1", "commands", .array([.object(["sing": .object([:])])])),
            ("rufbus.service.alive.v1", "formats", .array([.string("1")])),
        ] as [(String, String, JSONValue)])
    func otherPayloadsDoNotFit(_ type: String, _ field: String, _ value: JSONValue) throws {
        let object = try #require(document.resolved("#/components/messages/\(type)"))
        let (payload, example) = (try #require(object["payload"]), try #require(object["examples"]?.items.first))
        var fields = example["payload"]?.fields ?? [:]
        fields["data"] = .object((fields["data"]?.fields ?? [:]).merging([field: value]) { $1 })
        #expect(JSONSchema(document: document).mistakes(in: .object(fields), by: payload) != [])
    }

    // MARK: Reading

    private func target(_ reference: JSONValue?) -> JSONValue? {
        reference?["$ref"]?.text.flatMap(document.resolved)
    }

    private func channels(with type: String) -> [String] {
        objects("channels").filter { $1["messages", type] != nil }.map(\.0)
    }

    private func types(_ messages: JSONValue?) -> [String] {
        (messages?.items ?? []).compactMap { $0["$ref"]?.text?.split(separator: "/").last.map(String.init) }
    }

    private func replies(_ operation: JSONValue) -> [String] { types(operation["reply", "messages"]) }

    private func operations(of service: Service, _ action: String, _ type: String) -> [JSONValue] {
        objects("operations").filter { name, operation in
            name.hasPrefix("\(service.rawValue).\(action).") && types(operation["messages"]).contains(type)
        }.map(\.1)
    }
}
