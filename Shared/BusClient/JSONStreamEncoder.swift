/// Writes a value as JSON while it encodes itself. Reads like Foundation's `JSONEncoder` to whoever reads it; for the
/// payloads of the bus alone: their types know no `Date`, `Data` or `URL`, which Foundation's writes in its own way.
struct JSONStreamEncoder: Encoder {
    /// Outlives the encoder, since `encode` holds it. A pointer and no class: what is stored in a class is checked for
    /// overlapping access with every byte that is added, which took as long as adding it.
    fileprivate let text: UnsafeMutablePointer<JSONText>
    /// How deep the value of this encoder lies.
    fileprivate let depth: Int
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// - Throws: `EncodingError` for a number that is none, and what the value itself throws.
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        var text = JSONText()
        try withUnsafeMutablePointer(to: &text) { try $0.value(value) }
        return text.bytes
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        text.pointee.open(object: true, at: depth)
        return KeyedEncodingContainer(Members<Key>(text: text, depth: depth + 1))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        text.pointee.open(object: false, at: depth)
        return Elements(text: text, depth: depth + 1)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(text: text) }
}

extension UnsafeMutablePointer<JSONText> {
    fileprivate func value(_ value: some Encodable) throws {
        let (depth, start) = (pointee.depth, pointee.bytes.count)
        try value.encode(to: JSONStreamEncoder(text: self, depth: depth))
        pointee.close(to: depth)
        if pointee.bytes.count == start { pointee.raw("{}") }  // A struct without members says nothing.
    }

    fileprivate func number(_ number: some BinaryFloatingPoint & LosslessStringConvertible) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number, .init(codingPath: [], debugDescription: "JSON has no number \(number)"))
        }
        if let whole = Int64(exactly: number) { return pointee.integer(whole) }
        pointee.plain(number.description)
    }
}

private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let text: UnsafeMutablePointer<JSONText>
    let depth: Int
    var codingPath: [any CodingKey] { [] }

    private func at(_ key: Key) -> UnsafeMutablePointer<JSONText> {
        text.pointee.key(key.stringValue, at: depth)
        return text
    }

    func encodeNil(forKey key: Key) { at(key).pointee.raw("null") }
    func encode(_ value: Bool, forKey key: Key) { at(key).pointee.raw(value ? "true" : "false") }
    func encode(_ value: String, forKey key: Key) { at(key).pointee.string(value) }
    func encode(_ value: Double, forKey key: Key) throws { try at(key).number(value) }
    func encode(_ value: Float, forKey key: Key) throws { try at(key).number(value) }
    func encode(_ value: Int, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: Int8, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: Int16, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: Int32, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: Int64, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: UInt, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: UInt8, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: UInt16, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: UInt32, forKey key: Key) { at(key).pointee.integer(value) }
    func encode(_ value: UInt64, forKey key: Key) { at(key).pointee.integer(value) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try at(key).value(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
        -> KeyedEncodingContainer<Nested>
    {
        encoder(at(key)).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(at(key)).unkeyedContainer() }
    func superEncoder() -> any Encoder { superEncoder(named: "super") }
    func superEncoder(forKey key: Key) -> any Encoder { superEncoder(named: key.stringValue) }

    private func superEncoder(named name: String) -> any Encoder {
        text.pointee.key(name, at: depth)
        return encoder(text)
    }
    private func encoder(_ text: UnsafeMutablePointer<JSONText>) -> JSONStreamEncoder {
        JSONStreamEncoder(text: text, depth: depth)
    }
}

private struct Elements: UnkeyedEncodingContainer {
    let text: UnsafeMutablePointer<JSONText>
    let depth: Int
    var count = 0
    var codingPath: [any CodingKey] { [] }

    private mutating func next() -> UnsafeMutablePointer<JSONText> {
        count += 1
        text.pointee.next(at: depth)
        return text
    }

    mutating func encodeNil() { next().pointee.raw("null") }
    mutating func encode(_ value: Bool) { next().pointee.raw(value ? "true" : "false") }
    mutating func encode(_ value: String) { next().pointee.string(value) }
    mutating func encode(_ value: Double) throws { try next().number(value) }
    mutating func encode(_ value: Float) throws { try next().number(value) }
    mutating func encode(_ value: Int) { next().pointee.integer(value) }
    mutating func encode(_ value: Int8) { next().pointee.integer(value) }
    mutating func encode(_ value: Int16) { next().pointee.integer(value) }
    mutating func encode(_ value: Int32) { next().pointee.integer(value) }
    mutating func encode(_ value: Int64) { next().pointee.integer(value) }
    mutating func encode(_ value: UInt) { next().pointee.integer(value) }
    mutating func encode(_ value: UInt8) { next().pointee.integer(value) }
    mutating func encode(_ value: UInt16) { next().pointee.integer(value) }
    mutating func encode(_ value: UInt32) { next().pointee.integer(value) }
    mutating func encode(_ value: UInt64) { next().pointee.integer(value) }
    mutating func encode<T: Encodable>(_ value: T) throws { try next().value(value) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        encoder(next()).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder(next()).unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { encoder(next()) }
    private func encoder(_ text: UnsafeMutablePointer<JSONText>) -> JSONStreamEncoder {
        JSONStreamEncoder(text: text, depth: depth)
    }
}

private struct Single: SingleValueEncodingContainer {
    let text: UnsafeMutablePointer<JSONText>
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { text.pointee.raw("null") }
    func encode(_ value: Bool) { text.pointee.raw(value ? "true" : "false") }
    func encode(_ value: String) { text.pointee.string(value) }
    func encode(_ value: Double) throws { try text.number(value) }
    func encode(_ value: Float) throws { try text.number(value) }
    func encode(_ value: Int) { text.pointee.integer(value) }
    func encode(_ value: Int8) { text.pointee.integer(value) }
    func encode(_ value: Int16) { text.pointee.integer(value) }
    func encode(_ value: Int32) { text.pointee.integer(value) }
    func encode(_ value: Int64) { text.pointee.integer(value) }
    func encode(_ value: UInt) { text.pointee.integer(value) }
    func encode(_ value: UInt8) { text.pointee.integer(value) }
    func encode(_ value: UInt16) { text.pointee.integer(value) }
    func encode(_ value: UInt32) { text.pointee.integer(value) }
    func encode(_ value: UInt64) { text.pointee.integer(value) }
    func encode<T: Encodable>(_ value: T) throws { try text.value(value) }
}
