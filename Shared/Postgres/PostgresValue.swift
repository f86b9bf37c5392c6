/// A parameter of a statement. Its type in SQL is the one that the statement's text asks for; arrays say theirs.
public enum PostgresValue: Hashable, Sendable {
    case null
    case int(Int64)
    case bool(Bool)
    /// Also for `json`, `jsonb` and `uuid`. Must not hold U+0000: PostgreSQL has no such text.
    case text(String)
    case bytes([UInt8])
    /// `timestamptz`: milliseconds since 1970-01-01 UTC.
    case timestamp(milliseconds: Int64)
    /// `int8[]`, for `unnest` and `= any(…)`: one statement for any number of rows.
    case ints([Int64?])
    /// `text[]`.
    case texts([String?])
    /// `bytea[]`.
    case byteStrings([[UInt8]])
    /// `timestamptz[]`, milliseconds since 1970-01-01 UTC.
    case timestamps(milliseconds: [Int64?])
    /// `bool[]`.
    case bools([Bool])

    public static func int(_ value: Int) -> PostgresValue { .int(Int64(value)) }
    public static func text(optional value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
    public static func timestamp(optional milliseconds: Int64?) -> PostgresValue {
        milliseconds.map { .timestamp(milliseconds: $0) } ?? .null
    }
}

/// Type numbers of `pg_type` that never change.
enum TypeNumber {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let name: UInt32 = 19
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let json: UInt32 = 114
    static let unknown: UInt32 = 705
    static let bpchar: UInt32 = 1042
    static let varchar: UInt32 = 1043
    static let timestamptz: UInt32 = 1184
    static let uuid: UInt32 = 2950
    static let jsonb: UInt32 = 3802
}

/// PostgreSQL counts microseconds from 2000-01-01 UTC.
enum PostgresTime {
    static let epochMilliseconds: Int64 = 946_684_800_000
    static func microseconds(unixMilliseconds: Int64) -> Int64 { (unixMilliseconds - epochMilliseconds) * 1000 }
    /// Rounded down to the millisecond.
    static func unixMilliseconds(microseconds: Int64) -> Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1000)
        return quotient - (remainder < 0 ? 1 : 0) + epochMilliseconds
    }
}
