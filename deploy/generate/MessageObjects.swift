import BusContract
import Foundation

/// The messages of the AsyncAPI document: one for each type, with its examples.
struct MessageObjects {
    private(set) var objects: [(String, YAMLTree)] = []

    init(_ table: inout SchemaTable) throws {
        var types: [String] = []
        for message in Message.all where !types.contains(message.type) { types.append(message.type) }
        for type in types {
            objects.append((type, try Self.object(Message.all.filter { $0.type == type }, &table)))
        }
    }

    private static func object(_ messages: [Message], _ table: inout SchemaTable) throws -> YAMLTree {
        let first = messages[0]
        let examples = try messages.map { message -> YAMLTree in
            ["name": .text(message.variant ?? "example"), "payload": YAMLTree(try json(of: message))]
        }
        let isAsked = Message.isAnswered(first.type) || first.road == .reply
        return .present([
            "name": .text(first.type), "title": .text(BusChannel.short(first.type)), "summary": .text(first.says),
            "contentType": "application/cloudevents+json",
            "correlationId": isAsked ? .ref("components", "correlationIds", "correlation_id") : nil,
            "payload": try payload(first, &table),
            "bindings": ["amqp": ["messageType": .text(first.type), "bindingVersion": "0.3.0"]],
            "examples": .list(examples),
        ])
    }

    private static func payload(_ message: Message, _ table: inout SchemaTable) throws -> YAMLTree {
        let envelope = try hasPosition(message) ? "CallEnvelope" : "Envelope"
        return [
            "allOf": [
                .ref("components", "schemas", envelope),
                [
                    "type": "object",
                    "properties": [
                        "type": ["const": .text(message.type)], "data": table.use(type(of: message.payload)),
                    ],
                ],
            ]
        ]
    }

    private static func hasPosition(_ message: Message) throws -> Bool {
        guard case .object(let fields) = try json(of: message) else { return false }
        return fields["epoch"] != nil
    }

    private static func json(of message: Message) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(message.example))
    }
}
