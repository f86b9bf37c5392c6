import BusContract
import TelephonyModel

/// Draws running calls as ladders: device, Rufbus and party as columns, a SIP message as an arrow, events of call and
/// media as notes across. A value: events in, lines out, time is an argument.
public struct Ladder: Sendable {
    /// How long messages of a call wait for the event that says when and between whom it began.
    static let patience: Int64 = 1_000
    static let mostWaiting = 64
    /// How long an ended call, and one that nothing is heard of, is remembered.
    static let afterEnd: Int64 = 30_000
    static let longestSilence: Int64 = 24 * 3_600_000

    private var calls: [CallID: DrawnCall] = [:]

    public init() {}

    /// - Parameter now: milliseconds of a clock that never runs backwards; counts patience only.
    public mutating func take(_ event: LadderEvent, now: Int64) -> [Line] {
        let id = event.position.call
        var call = calls[id] ?? DrawnCall(id)
        call.lastSeen = now
        call.learn(event)
        var lines: [Line] = []
        if call.isHeaded {
            lines = draw([event], of: call)
        } else {
            call.waiting.append(event)
            if call.waitingSince == nil { call.waitingSince = now }
            if call.state != nil || call.waiting.count >= Self.mostWaiting { lines = begin(&call) }
        }
        calls[id] = call
        return lines
    }

    /// A message that a service could not handle; it belongs to no ladder.
    public static func lines(_ dead: DeadMessage) -> [Line] {
        "dead message, key \(dead.key): \(dead.why)".wrapped(to: Frame.width).map { Line($0, .failure) }
    }

    /// Draws what has waited too long, and forgets what is over; to be called about twice a second.
    public mutating func timePasses(now: Int64) -> [Line] {
        let lines = begin { now - $0 >= Self.patience }
        calls = calls.filter { _, call in
            now - call.lastSeen < (call.isOver ? Self.afterEnd : Self.longestSilence)
        }
        return lines
    }

    /// Draws all that still waits.
    public mutating func finish() -> [Line] { begin { _ in true } }

    /// - Parameter isDue: whether what waits since then is drawn now.
    private mutating func begin(_ isDue: (Int64) -> Bool) -> [Line] {
        var lines: [Line] = []
        for id in calls.keys.sorted() {
            guard var call = calls[id], let since = call.waitingSince, isDue(since) else { continue }
            lines += begin(&call)
            calls[id] = call
        }
        return lines
    }

    /// Header, then all that waited, in the order of its time.
    private func begin(_ call: inout DrawnCall) -> [Line] {
        let events = call.waiting.sorted { $0.at < $1.at }
        call.head(from: events.first?.at ?? 0)
        return call.header + draw(events, of: call)
    }

    private func draw(_ events: [LadderEvent], of call: DrawnCall) -> [Line] {
        let others = calls.contains { $0.key != call.id && !$0.value.isOver && $0.value.isHeaded }
        return events.flatMap { call.lines($0, tag: others ? call.tag : nil) }
    }
}
