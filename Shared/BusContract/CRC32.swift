/// CRC-32 as in IEEE 802.3 (reflected, polynomial 0xEDB88320), by a table: a byte costs one look-up.
public struct CRC32: Sendable {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in (crc >> 1) ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    private var register = UInt32.max

    public init() {}
    /// Of these bytes alone.
    public init(_ bytes: some Sequence<UInt8>) { add(bytes) }

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { register = (register >> 8) ^ Self.table[Int((register ^ UInt32(byte)) & 0xFF)] }
    }
    public var value: UInt32 { ~register }
}
