import CLibPQ

/// One row of a result. Each getter names a column and throws `.shape` if there is none of that name, if it has
/// another type, or if it is NULL where no `optional` was asked for.
public struct Row: Sendable {
    let result: ResultSet
    let index: Int32

    /// `int2`, `int4`, `int8`.
    public func int(_ column: String) throws(PostgresError) -> Int { try present(column, optionalInt(column)) }
    public func optionalInt(_ column: String) throws(PostgresError) -> Int? {
        guard let cell = try cell(column, [TypeNumber.int8, TypeNumber.int4, TypeNumber.int2], "int") else {
            return nil
        }
        return Int(cell.signed)
    }

    /// `text`, `varchar`, `name`, and `json` or `jsonb` as text.
    public func text(_ column: String) throws(PostgresError) -> String { try present(column, optionalText(column)) }
    public func optionalText(_ column: String) throws(PostgresError) -> String? {
        guard let cell = try cell(column, Self.textTypes, "text") else { return nil }
        // The binary form of jsonb is a version byte and the text.
        return String(decoding: cell.type == TypeNumber.jsonb ? cell.bytes.dropFirst() : cell.bytes[...], as: UTF8.self)
    }

    public func bool(_ column: String) throws(PostgresError) -> Bool { try present(column, optionalBool(column)) }
    public func optionalBool(_ column: String) throws(PostgresError) -> Bool? {
        try cell(column, [TypeNumber.bool], "bool")?.bytes.first.map { $0 != 0 }
    }

    /// `bytea`, and `json` or text as its bytes (UTF-8).
    public func bytes(_ column: String) throws(PostgresError) -> [UInt8] { try present(column, optionalBytes(column)) }
    public func optionalBytes(_ column: String) throws(PostgresError) -> [UInt8]? {
        try cell(column, [TypeNumber.bytea, TypeNumber.json, TypeNumber.text], "bytea")?.bytes
    }

    /// `timestamptz`: milliseconds since 1970-01-01 UTC.
    public func timestamp(_ column: String) throws(PostgresError) -> Int64 {
        try present(column, optionalTimestamp(column))
    }
    public func optionalTimestamp(_ column: String) throws(PostgresError) -> Int64? {
        guard let cell = try cell(column, [TypeNumber.timestamptz], "timestamptz") else { return nil }
        return PostgresTime.unixMilliseconds(microseconds: cell.signed)
    }

    private static let textTypes = [
        TypeNumber.text, TypeNumber.varchar, TypeNumber.json, TypeNumber.jsonb, TypeNumber.name, TypeNumber.bpchar,
        TypeNumber.unknown,
    ]

    private struct Cell {
        let type: UInt32
        let bytes: [UInt8]
        /// Big-endian two's complement of 2, 4 or 8 bytes.
        var signed: Int64 {
            let raw = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let unused = 64 - 8 * bytes.count
            return Int64(bitPattern: raw << UInt64(unused)) >> Int64(unused)
        }
    }

    private func cell(_ column: String, _ types: [UInt32], _ wanted: String) throws(PostgresError) -> Cell? {
        guard let place = result.columns.firstIndex(of: column).map(Int32.init) else {
            throw PostgresError(
                .shape, "no column \"\(column)\"; the statement gives \(result.columns.joined(separator: ", "))")
        }
        let type = result.type(of: place)
        guard types.contains(type) else {
            throw PostgresError(
                .shape, "column \"\(column)\" is of type number \(type), not \(wanted): cast it in the statement")
        }
        return result.bytes(index, place).map { Cell(type: type, bytes: $0) }
    }

    private func present<T>(_ column: String, _ value: T?) throws(PostgresError) -> T {
        guard let value else { throw PostgresError(.shape, "column \"\(column)\" is NULL") }
        return value
    }
}

/// Owns one `PGresult`.
// @unchecked: a PGresult is read-only once it is fetched and may then be read by any thread (libpq documentation,
// "Behavior in Threaded Programs"); nothing here writes to it.
final class ResultSet: @unchecked Sendable {
    private let handle: OpaquePointer
    let columns: [String]

    init(_ handle: OpaquePointer) {
        self.handle = handle
        columns = (0..<PQnfields(handle)).map { column in PQfname(handle, column).map { String(cString: $0) } ?? "" }
    }
    deinit { PQclear(handle) }

    var status: ExecStatusType { PQresultStatus(handle) }
    var rows: [Row] { (0..<PQntuples(handle)).map { Row(result: self, index: $0) } }
    /// "INSERT 0 3", "COMMIT".
    var command: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }
    /// Rows inserted, changed, deleted or selected.
    var affected: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }
    var sqlState: String? { PQresultErrorField(handle, PostgresField.sqlState).map { String(cString: $0) } }
    var errorText: String {
        let parts = [PostgresField.primary, PostgresField.detail, PostgresField.hint].compactMap { field in
            PQresultErrorField(handle, field).map { String(cString: $0) }
        }
        return parts.joined(separator: "; ")
    }

    func type(of column: Int32) -> UInt32 { PQftype(handle, column) }

    func bytes(_ row: Int32, _ column: Int32) -> [UInt8]? {
        guard PQgetisnull(handle, row, column) == 0, let value = PQgetvalue(handle, row, column) else { return nil }
        return Array(UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(handle, row, column))))
    }
}

/// Field codes of an error report (`PG_DIAG_*`: character macros, which Swift does not import).
private enum PostgresField {
    static let sqlState = Int32(UInt8(ascii: "C"))
    static let primary = Int32(UInt8(ascii: "M"))
    static let detail = Int32(UInt8(ascii: "D"))
    static let hint = Int32(UInt8(ascii: "H"))
}
