import BusContract
import TelephonyModel

/// What the gateway asks of the rest of the house. The service gives it the bus; unit tests give it a double.
public protocol GatewayHouse: Sendable {
    /// - Parameter instance: whom to ask; nil for whichever replica is free.
    /// - Throws: the refusal of who was asked, or 503 when nobody answered.
    func ask<R: BusRequest>(_ request: R, of instance: InstanceID?) async throws(Refusal) -> R.Answer
    /// Reads a number as the user wrote it.
    /// - Throws: 403 for emergency numbers, 422 for what is no number here.
    func read(_ number: String) throws(Refusal) -> DialTarget
}

/// What a written number stands for.
public struct DialTarget: Hashable, Sendable {
    /// E.164 with `+`, or an extension of the PBX.
    public var number: String
    public var reach: Reach
    public init(number: String, reach: Reach) { (self.number, self.reach) = (number, reach) }
}
