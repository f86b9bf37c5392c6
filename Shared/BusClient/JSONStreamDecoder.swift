import Foundation

/// Reads values from JSON while they decode themselves: the other side of `JSONStreamEncoder`. Takes and refuses what
/// Foundation's `JSONDecoder` does; for the payloads of the bus alone: their types know no `Date`, `Data` or `URL`,
/// which Foundation's reads in its own way.
public struct JSONStreamDecoder: Decoder {
    let tape: JSONTape
    /// Of the value in the tape.
    let place: Int

    init(_ tape: JSONTape, at place: Int = 0) { (self.tape, self.place) = (tape, place) }

    /// - Throws: `DecodingError`; with an empty path if the bytes are not JSON.
    public static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8]) throws -> T {
        try T(from: JSONStreamDecoder(JSONTape(bytes)))
    }

    public var codingPath: [any CodingKey] { tape.path(to: place) }
    public var userInfo: [CodingUserInfoKey: Any] { [:] }

    public func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard tape.nodes[place].kind == .object else { throw tape.mismatch([String: Any].self, place) }
        return KeyedDecodingContainer(Members<Key>(tape: tape, place: place))
    }

    public func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard tape.nodes[place].kind == .array else { throw tape.mismatch([Any].self, place) }
        return Elements(tape, place)
    }

    public func singleValueContainer() -> any SingleValueDecodingContainer { Single(tape: tape, place: place) }
}

extension JSONTape {
    fileprivate func mismatch(_ type: Any.Type, _ place: Int) -> DecodingError {
        let found = nodes[place].kind
        let context = DecodingError.Context(
            codingPath: path(to: place), debugDescription: "Expected to decode \(type) but found \(found.name) instead."
        )
        return found == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    fileprivate func isNil(_ place: Int) -> Bool { nodes[place].kind == .null }

    fileprivate func bool(_ place: Int) throws -> Bool {
        switch nodes[place].kind {
        case .yes: true
        case .no: false
        default: throw mismatch(Bool.self, place)
        }
    }

    fileprivate func string(_ place: Int) throws -> String {
        let node = nodes[place]
        guard node.kind == .string || node.kind == .escaped else { throw mismatch(String.self, place) }
        return text(of: node)
    }

    /// Also one that is written with a fraction or an exponent, if it is whole.
    fileprivate func integer<I: FixedWidthInteger>(_ type: I.Type, _ place: Int) throws -> I {
        let node = nodes[place]
        guard node.kind == .number else { throw mismatch(type, place) }
        if let small = small(node) {
            if let integer = I(exactly: small) { return integer }
        } else {
            let text = text(of: node)
            if let integer = I(text) ?? Double(text).flatMap(I.init(exactly:)) { return integer }
        }
        throw unfit(type, place)
    }

    /// Of up to 18 digits and nothing else but a sign.
    private func small(_ node: Node) -> Int64? {
        guard node.count <= 18 else { return nil }
        let start = Int(node.start)
        return bytes.withUnsafeBufferPointer { bytes in
            let isNegative = bytes[start] == UInt8(ascii: "-")
            var value: Int64 = 0
            for index in (isNegative ? start + 1 : start)..<(start + Int(node.count)) {
                guard (48...57).contains(bytes[index]) else { return nil }
                value = value * 10 + Int64(bytes[index] - 48)
            }
            return isNegative ? -value : value
        }
    }

    fileprivate func number<F: BinaryFloatingPoint & LosslessStringConvertible>(_ type: F.Type, _ place: Int) throws
        -> F
    {
        guard nodes[place].kind == .number else { throw mismatch(type, place) }
        guard let number = F(text(of: nodes[place])), number.isFinite else { throw unfit(type, place) }
        return number
    }

    private func unfit(_ type: Any.Type, _ place: Int) -> DecodingError {
        .dataCorrupted(
            .init(
                codingPath: path(to: place),
                debugDescription: "The number \(text(of: nodes[place])) does not fit in \(type)."))
    }

    fileprivate func value<T: Decodable>(_ type: T.Type, _ place: Int) throws -> T {
        try T(from: JSONStreamDecoder(self, at: place))
    }
}

private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let tape: JSONTape
    let place: Int
    var codingPath: [any CodingKey] { tape.path(to: place) }
    var allKeys: [Key] { tape.children(of: place).compactMap { Key(stringValue: tape.text(of: tape.nodes[$0])) } }

    func contains(_ key: Key) -> Bool { member(key) != nil }

    private func member(_ key: Key) -> Int? { tape.member(key.stringValue, of: place) }

    private func at(_ key: some CodingKey) throws -> Int {
        if let member = tape.member(key.stringValue, of: place) { return member }
        throw DecodingError.keyNotFound(
            key, .init(codingPath: codingPath, debugDescription: "\"\(key.stringValue)\" is missing."))
    }

    /// Nil if there is none, or null.
    private func present(_ key: Key) -> Int? { member(key).flatMap { tape.isNil($0) ? nil : $0 } }

    func decodeNil(forKey key: Key) throws -> Bool { tape.isNil(try at(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try tape.bool(at(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try tape.string(at(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try tape.number(type, at(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try tape.number(type, at(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try tape.integer(type, at(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try tape.integer(type, at(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try tape.integer(type, at(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try tape.integer(type, at(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try tape.integer(type, at(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try tape.integer(type, at(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try tape.integer(type, at(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try tape.integer(type, at(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try tape.integer(type, at(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try tape.integer(type, at(key)) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try tape.value(type, at(key)) }

    // The others come by their defaults, which look each member up three times.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key).map(tape.bool) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key).map(tape.string) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try tape.integer(type, $0) }
    }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key).map { try tape.value(type, $0) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<Nested>
    {
        try decoder(at(key)).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(at(key)).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { decoder(try at(SuperKey.super)) }
    func superDecoder(forKey key: Key) throws -> any Decoder { decoder(try at(key)) }
    private func decoder(_ place: Int) -> JSONStreamDecoder { JSONStreamDecoder(tape, at: place) }
}

private enum SuperKey: String, CodingKey { case `super` }

private struct Elements: UnkeyedDecodingContainer {
    let tape: JSONTape
    let place: Int
    /// Of the next element.
    private var next: Int
    private(set) var currentIndex = 0

    init(_ tape: JSONTape, _ place: Int) { (self.tape, self.place, next) = (tape, place, place + 1) }

    var codingPath: [any CodingKey] { tape.path(to: place) }
    var count: Int? { Int(tape.nodes[place].count) }
    var isAtEnd: Bool { next >= Int(tape.nodes[place].next) }

    /// Reads the next element; one that cannot be read stays the next.
    private mutating func read<T>(_ type: Any.Type, _ read: (JSONTape, Int) throws -> T) throws -> T {
        guard !isAtEnd else {
            let path = codingPath + [PathKey(currentIndex)]
            throw DecodingError.valueNotFound(
                type, .init(codingPath: path, debugDescription: "The array is too short."))
        }
        let value = try read(tape, next)
        next = Int(tape.nodes[next].next)
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard isAtEnd || tape.isNil(next) else { return false }
        return try read(Never.self) { _, _ in true }
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try read(type) { try $0.bool($1) } }
    mutating func decode(_ type: String.Type) throws -> String { try read(type) { try $0.string($1) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try read(type) { try $0.number(type, $1) } }
    mutating func decode(_ type: Float.Type) throws -> Float { try read(type) { try $0.number(type, $1) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try read(type) { try $0.value(type, $1) } }

    private mutating func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
        try read(type) { try $0.integer(type, $1) }
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested>
    {
        try read(type) { try JSONStreamDecoder($0, at: $1).container(keyedBy: type) }
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try read([Any].self) { try JSONStreamDecoder($0, at: $1).unkeyedContainer() }
    }
    mutating func superDecoder() throws -> any Decoder {
        try read((any Decoder).self) { JSONStreamDecoder($0, at: $1) }
    }
}

private struct Single: SingleValueDecodingContainer {
    let tape: JSONTape
    let place: Int
    var codingPath: [any CodingKey] { tape.path(to: place) }

    func decodeNil() -> Bool { tape.isNil(place) }
    func decode(_ type: Bool.Type) throws -> Bool { try tape.bool(place) }
    func decode(_ type: String.Type) throws -> String { try tape.string(place) }
    func decode(_ type: Double.Type) throws -> Double { try tape.number(type, place) }
    func decode(_ type: Float.Type) throws -> Float { try tape.number(type, place) }
    func decode(_ type: Int.Type) throws -> Int { try tape.integer(type, place) }
    func decode(_ type: Int8.Type) throws -> Int8 { try tape.integer(type, place) }
    func decode(_ type: Int16.Type) throws -> Int16 { try tape.integer(type, place) }
    func decode(_ type: Int32.Type) throws -> Int32 { try tape.integer(type, place) }
    func decode(_ type: Int64.Type) throws -> Int64 { try tape.integer(type, place) }
    func decode(_ type: UInt.Type) throws -> UInt { try tape.integer(type, place) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try tape.integer(type, place) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try tape.integer(type, place) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try tape.integer(type, place) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try tape.integer(type, place) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try tape.value(type, place) }
}
