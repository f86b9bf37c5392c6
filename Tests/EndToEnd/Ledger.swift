import BusClient
import BusContract
import LocalHouse
import Logging
import Synchronization
import TelephonyModel

/// All events of the bus since the start of the run.
final class Ledger: Sendable {
    private let bus: Bus
    private let events = Mutex<[Received]>([])

    init(_ url: String) async throws {
        var logger = Logger(label: "ledger")
        logger.logLevel = .error
        let settings = BusSettings(url: url, service: "tap", instance: InstanceID(unchecked: "ledger"))
        bus = Bus(settings, logger: logger, passive: true)
        bus.listen(["#"]) { event in self.events.withLock { $0.append(event) } }
        try await bus.open()
    }

    func stop() async { await bus.close() }

    /// How many there are; for `newCall`.
    var mark: Int { events.withLock { $0.count } }

    func all(_ call: CallID) -> [Received] { events.withLock { $0.filter { $0.position?.call == call } } }

    /// The events that are counted: `call.*`, `leg.answered`, `leg.ended`.
    func counted(_ call: CallID) -> [Received] {
        all(call).filter { event in
            event.type.hasPrefix("rufbus.call.") || event.type == LegWhat.answered.type
                || event.type == LegWhat.ended.type
        }
    }

    /// The states of a call, in order.
    func states(_ call: CallID) throws -> [CallState] {
        try all(call).filter { $0.type.hasPrefix("rufbus.call.") }.map { try $0.data(CallState.self) }
    }

    /// What happened to the call, in order: "started", "ringing" …
    func story(_ call: CallID) -> [String] {
        all(call).map(\.type).filter { $0.hasPrefix("rufbus.call.") }.map {
            String($0.dropFirst("rufbus.call.".count).dropLast(".v1".count))
        }
    }

    /// SIP messages of one leg as Rufbus saw them: "< INVITE", "> 180", "> 200" …. Without 100, and without the answer
    /// to a CANCEL: it has a transaction of its own, and may come before or after the INVITE's (RFC 3261 §9.1).
    func messages(_ call: CallID, _ role: LegRole) throws -> [String] { try messages(call) { $0.role == role } }

    /// The same of one leg.
    func messages(of leg: LegID, _ call: CallID) throws -> [String] { try messages(call) { $0.leg == leg } }

    private func messages(_ call: CallID, of isWanted: (LegMessage) -> Bool) throws -> [String] {
        let all = try all(call).filter { $0.type == LegWhat.message.type }.map { try $0.data(LegMessage.self) }
        let seen = all.filter { isWanted($0) && $0.status != 100 && !($0.method == "CANCEL" && $0.status != nil) }
        return seen.map { message in
            let way = message.way == .sent ? ">" : "<"
            guard let status = message.status else { return "\(way) \(message.method)" }
            return message.method == "INVITE" ? "\(way) \(status)" : "\(way) \(status) \(message.method)"
        }
    }

    static let roles = [LegRole.device, .party, .fallback]

    /// The same of each leg that has any.
    func ladder(_ call: CallID) throws -> [LegRole: [String]] {
        let legs = try Self.roles.map { ($0, try messages(call, $0)) }
        return Dictionary(uniqueKeysWithValues: legs.filter { !$0.1.isEmpty })
    }

    /// Calls that began after `mark`.
    func calls(since mark: Int) -> [CallID] {
        events.withLock { $0.dropFirst(mark).filter { $0.type == CallWhat.started.type } }.compactMap(\.position?.call)
    }

    /// The call that began after `mark`.
    /// - Parameter other: one that is known already.
    func newCall(since mark: Int, besides other: CallID? = nil, limit: Duration = .seconds(10)) async throws -> CallID {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if let call = calls(since: mark).first(where: { $0 != other }) { return call }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw HouseError("no call began within \(limit)")
    }

    /// Waits until something happened to the call.
    func wait(_ call: CallID, _ what: CallWhat, limit: Duration = .seconds(30)) async throws {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if story(call).contains(what.rawValue) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw HouseError("call \(call): no \(what.rawValue) within \(limit), but \(story(call))")
    }
}
