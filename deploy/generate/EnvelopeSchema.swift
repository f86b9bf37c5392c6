/// What all messages are wrapped in. `Envelope` writes its JSON itself, so its schema is written down here; that it is
/// true is tested with the fixtures.
enum EnvelopeSchema {
    static let schemas: [(String, YAMLTree)] = [("Envelope", envelope), ("CallEnvelope", ofCall)]

    private static let envelope: YAMLTree = [
        "description": "CloudEvents 1.0. source and id together are the idempotency key: a message may come twice.",
        "type": "object", "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": [
            "specversion": ["const": "1.0"], "id": ["type": "string"],
            "source": [
                "type": "string", "pattern": "^rufbus/[a-z]+(/[a-z0-9-]{1,40})?$",
                "description": "rufbus/service/instance; rufbus/service for what any instance may say.",
            ],
            "type": ["type": "string"],
            "time": ["type": "string", "format": "date-time", "description": "For display, never for order."],
            "datacontenttype": ["const": "application/json"],
            "traceparent": ["type": "string", "description": "W3C Trace Context."],
        ],
    ]

    private static let ofCall: YAMLTree = [
        "description": "What belongs to a call; of two states of it the one with the higher (epoch, sequence) is true.",
        "allOf": [
            .ref("components", "schemas", "Envelope"),
            [
                "type": "object", "required": ["seat", "call", "conversation", "epoch", "sequence"],
                "properties": [
                    "seat": .ref("components", "schemas", "UserID"), "call": .ref("components", "schemas", "CallID"),
                    "conversation": .ref("components", "schemas", "CallID"),
                    "epoch": ["type": "integer", "minimum": 1],
                    "sequence": ["type": "integer", "minimum": 0],
                ],
            ],
        ],
    ]
}
