/// The parameters of one statement in the form that libpq takes: one block of bytes, and where each begins.
struct ParameterBlock {
    private var bytes: [UInt8] = []
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    var count: Int32 { Int32(starts.count) }

    init(_ values: [PostgresValue]) throws(PostgresError) {
        for value in values { try append(value) }
    }

    /// Calls `body` with the arrays of `PQsendQueryPrepared`: values, lengths, formats.
    func withPointers<T>(
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> T
    ) -> T {
        bytes.withUnsafeBytes { block in
            let base = block.baseAddress?.assumingMemoryBound(to: CChar.self)
            // An empty block has no address, but then no parameter has a start either.
            let pointers = starts.map { start in start.flatMap { base?.advanced(by: $0) } }
            return body(pointers, lengths, formats)
        }
    }

    private mutating func append(_ value: PostgresValue) throws(PostgresError) {
        switch value {
        case .null: finish(nil, binary: false)
        case .int(let number): text(String(number))
        case .bool(let flag): text(flag ? "t" : "f")
        case .text(let string): text(try Self.checked(string))
        case .bytes(let octets): binary { $0 += octets }
        case .timestamp(let ms): binary { $0.append(bigEndian: PostgresTime.microseconds(unixMilliseconds: ms)) }
        case .ints, .texts, .byteStrings, .timestamps, .bools: try array(value)
        }
    }

    private mutating func array(_ value: PostgresValue) throws(PostgresError) {
        let array: BinaryArray
        switch value {
        case .ints(let numbers): array = BinaryArray(of: TypeNumber.int8, numbers) { $0.append(bigEndian: $1) }
        case .texts(let strings):
            for case let string? in strings { _ = try Self.checked(string) }
            array = BinaryArray(of: TypeNumber.text, strings) { $0 += $1.utf8 }
        case .byteStrings(let strings): array = BinaryArray(of: TypeNumber.bytea, strings) { $0 += $1 }
        case .timestamps(let times):
            array = BinaryArray(of: TypeNumber.timestamptz, times) {
                $0.append(bigEndian: PostgresTime.microseconds(unixMilliseconds: $1))
            }
        case .bools(let flags): array = BinaryArray(of: TypeNumber.bool, flags) { $0.append($1 ? 1 : 0) }
        case .null, .int, .bool, .text, .bytes, .timestamp: preconditionFailure("not an array")
        }
        binary { $0 += array.bytes }
    }

    /// libpq reads text parameters up to a NUL; what holds one would be cut silently.
    private static func checked(_ string: String) throws(PostgresError) -> String {
        guard !string.utf8.contains(0) else {
            throw PostgresError(.parameter, "a text parameter holds U+0000, which PostgreSQL cannot store")
        }
        return string
    }

    private mutating func text(_ string: String) {
        let start = bytes.count
        bytes += string.utf8
        finish(start, binary: false)
    }

    private mutating func binary(_ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        write(&bytes)
        finish(start, binary: true)
    }

    private mutating func finish(_ start: Int?, binary: Bool) {
        starts.append(start)
        lengths.append(Int32(bytes.count - (start ?? bytes.count)))
        formats.append(binary ? 1 : 0)
        bytes.append(0)
    }
}

/// A one-dimensional array in PostgreSQL's binary format (array_recv): dimensions, NULL flag, element type, length,
/// lower bound; then each element with its length, -1 for NULL.
private struct BinaryArray {
    private(set) var bytes: [UInt8] = []

    init<Element>(of type: UInt32, _ elements: [Element?], _ write: (inout [UInt8], Element) -> Void) {
        bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(1))
        bytes.append(bigEndian: type)
        guard !elements.isEmpty else { return }
        bytes.append(bigEndian: Int32(elements.count))
        bytes.append(bigEndian: Int32(1))
        for element in elements { append(element, write) }
    }

    private mutating func append<Element>(_ element: Element?, _ write: (inout [UInt8], Element) -> Void) {
        guard let element else { return bytes.append(bigEndian: Int32(-1)) }
        let mark = bytes.count
        bytes.append(bigEndian: Int32(0))
        write(&bytes, element)
        let length = UInt32(bytes.count - mark - 4)
        for i in 0..<4 { bytes[mark + i] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * i)) }
    }
}

extension [UInt8] {
    mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}
