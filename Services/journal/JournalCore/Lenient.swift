/// Reading what a newer version wrote: a value that this version does not know is nil, not a reason to drop the rest.
extension KeyedDecodingContainer {
    func lenient<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        do { return try decodeIfPresent(type, forKey: key) } catch { return nil }
    }
}
