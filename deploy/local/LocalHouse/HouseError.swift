/// Why a private server, a service or a phone is not there: a sentence that says what to do, with the end of its log.
public struct HouseError: Error, Sendable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
