/// Milliseconds since a seat began: still true in the process that takes the seat over.
public struct Instant: Hashable, Comparable, Codable, Sendable {
    public let milliseconds: Int64
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }
    public static func + (a: Instant, more: Int64) -> Instant { Instant(milliseconds: a.milliseconds + more) }
    public static func - (a: Instant, b: Instant) -> Int64 { a.milliseconds - b.milliseconds }
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}
