// The ids of the house. One text form everywhere: `[a-z0-9-]{1,40}`, so that each fits a routing key of the bus.

/// A text id of one kind. Encoded as a plain JSON string.
public protocol Identifier: RawRepresentable, Hashable, Codable, Sendable, CustomStringConvertible, Comparable
where RawValue == String {
    init(unchecked: String)
}

extension Identifier {
    /// Longest id, in characters.
    public static var longest: Int { 40 }

    /// Takes an id that matches `[a-z0-9-]{1,40}`; nil otherwise.
    public init?(rawValue: String) {
        guard Self.isWellFormed(rawValue) else { return nil }
        self.init(unchecked: rawValue)
    }

    public static func isWellFormed(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= longest else { return false }
        return bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    public var description: String { rawValue }
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard Self.isWellFormed(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "id \"\(text)\" must match [a-z0-9-]{1,40}"))
        }
        self.init(unchecked: text)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// A person with one office number. Also the id of his seat.
public struct UserID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}

/// A number that a user may be reached at.
public struct DeviceID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}

/// A ring plan of a user; different from the ids of his devices.
public struct PlanID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}

/// A SIP connection to a PBX or carrier.
public struct TrunkID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}

/// One talk of a seat with one party. A UUIDv7; also used as conversation id (the first call of a conversation).
public struct CallID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}

/// One SIP dialog between us and a trunk. Unique in the house, not only in its call.
public struct LegID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}

/// One process of a service ("a1"); stable over restarts of the same place.
public struct InstanceID: Identifier {
    public let rawValue: String
    public init(unchecked: String) { rawValue = unchecked }
}
