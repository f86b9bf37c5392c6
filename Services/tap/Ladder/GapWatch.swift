import BusContract
import TelephonyModel

/// Which events of running calls did not come, by their sequence: durable `call.*` and `leg.*` events count from 1
/// without a gap. A call is known from its first event that comes.
public struct GapWatch: Sendable {
    static let mostCalls = 10_000
    private var last: [CallID: Int] = [:]

    public init() {}

    /// How many events of this one's call are missing before it. Events that do not count are passed over.
    public mutating func take(type: String, at position: CallPosition) -> Int {
        guard Self.counted.contains(type) else { return 0 }
        let before = last[position.call]
        if last.count >= Self.mostCalls, before == nil { last = [:] }
        last[position.call] = type == CallWhat.ended.type ? nil : max(position.sequence, before ?? 0)
        return before.map { max(0, position.sequence - $0 - 1) } ?? 0
    }

    private static let counted = Set(
        CallWhat.allCases.map(\.type) + LegWhat.allCases.filter(\.isDurable).map(\.type))
}
