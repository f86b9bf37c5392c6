import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel

/// What this version does not know, and what nobody can read, among events that it knows.
extension ChaosRow {
    static let strange = ChaosRow(name: "strange-events", isQuick: true) { run in
        let strangers = try await Strangers(run)
        for share in [0.2, 0.4, 0.6, 0.8] {
            try await run.reached(share)
            try await strangers.speak()
        }
        try await strangers.check(run)
        await strangers.bus.close()
    }
}

/// Calls of a newer signaling, and garbage between them.
private final class Strangers: Sendable {
    private static let user = UserID(unchecked: "stranger")
    /// Of each kind, each time.
    private let callsAtOnce: Int
    private static let times = 4
    private let prefix: String
    let bus: Bus
    private let settings: BusSettings
    private let begun = Mutex(0)

    init(_ run: RowRun) async throws {
        callsAtOnce = max(2, run.form.calls / 100)
        prefix = "stranger-\(run.form.seed)-"
        settings = BusSettings(
            url: run.broker.url(for: "signaling"), service: "signaling", instance: InstanceID(unchecked: "stranger"))
        bus = Bus(settings, logger: Logger(label: "stranger"))
        try await bus.open()
    }

    /// Whole calls in which a newer version and a new enum case appear, with garbage after each event.
    func speak() async throws {
        for _ in 0..<callsAtOnce {
            let number = begun.withLock { begun in
                begun += 1
                return begun
            }
            let call = CallID(unchecked: prefix + "\(number)")
            for step in PlannedEvent.Step.allCases {
                try await say(PlannedEvent(call: call, user: Self.user, step: step))
            }
            for body in Self.garbage(call) { try send(body.bytes, call) }
        }
    }

    /// - Step `.ringing`: a type of a newer version, with a payload of another form.
    /// - Step `.dialing`: a new case of an enum in the midst of the call. `.ended`: a new reason.
    private func say(_ event: PlannedEvent) async throws {
        switch event.step {
        case .ringing: try await say(event, ["future": .object(["shape": .array([.integer(1)])])], type: Self.newerType)
        case .dialing: try await say(event, ["phase": .string("levitating")])
        case .ended: try await say(event, ["reason": .string("teleported")])
        default:
            let isKept = await withCheckedContinuation { done in
                event.publish(on: bus) { done.resume(returning: $0) }
            }
            guard isKept else { throw HouseError("a stranger's event was dropped") }
        }
    }

    private func say(_ event: PlannedEvent, _ news: [String: JSONValue], type: String? = nil) async throws {
        var fields: [String: JSONValue] = [:]
        if type == nil {
            fields = try JSONDecoder().decode([String: JSONValue].self, from: JSONEncoder().encode(event.state))
        }
        fields.merge(news) { $1 }
        try await bus.publishConfirmed(
            fields, type: type ?? event.type, key: event.key, position: event.position, durable: true)
    }

    private static let newerType = "rufbus.call.ringing.v2"

    /// Bytes that are no event, each with a word of the reason that is to be given for it.
    private static func garbage(_ call: CallID) -> [(bytes: [UInt8], reason: String)] {
        let zero = #"{"specversion":"1.0","id":"\#(call)\u0000","source":"s","type":"t","time":"x","data":{}}"#
        return [
            (Array("this is no JSON, \(call)".utf8), "not JSON"),
            (Array(#"{"id":"\#(call)"}"#.utf8), #""specversion" is missing"#),
            (Array(zero.utf8), "none of them 0"),
        ]
    }

    private func send(_ body: [UInt8], _ call: CallID) throws {
        try Republisher.publish(
            body, type: "x", id: uuid7(), exchange: Topology.events, key: RoutingKey.call(.started, Self.user, call),
            settings: settings)
    }

    /// Kept, kept, dead with its reason and its bytes; and the calls have their entries.
    func check(_ run: RowRun) async throws {
        let count = callsAtOnce * Self.times
        let wanted = "\(count)|\(count)|\(count)|\(count * Workload.eventsPerCall)|\(count)"
        try await run.until("what strangers said is kept: \(wanted)", .seconds(60)) {
            try await run.database.sql(self.kept, database: "journal") == wanted
        }
        let calls = (1...count).map { CallID(unchecked: prefix + "\($0)") }
        let expected = calls.flatMap { Self.garbage($0) }
        var dead: [[UInt8]: String] = [:]
        try await run.until("garbage is set aside", .seconds(60)) {
            try await self.dead(run).count >= expected.count
        }
        for letter in try await self.dead(run) { dead[letter.bytes] = letter.why }
        for (bytes, reason) in expected {
            let why = dead[bytes] ?? "nothing"
            run.require(why.contains(reason), "\(String(decoding: bytes, as: UTF8.self)) is dead by: \(why)")
        }
        run.note("newer=\(count) newCases=\(count * 2) dead=\(dead.count)")
    }

    private var kept: String {
        """
        WITH said AS (SELECT call, type, convert_from(body, 'UTF8')::json AS event FROM events
            WHERE call LIKE '\(prefix)%' AND (type LIKE 'rufbus.call.%' OR type LIKE 'rufbus.leg.%'))
        SELECT count(*) FILTER (WHERE type = '\(Self.newerType)'
                AND event #>> '{data,future,shape}' = '[1]'),
            count(*) FILTER (WHERE event #>> '{data,phase}' = 'levitating'),
            count(*) FILTER (WHERE event #>> '{data,reason}' = 'teleported'), count(*),
            (SELECT count(*) FROM entries WHERE call LIKE '\(prefix)%' AND final) FROM said
        """
    }

    private func dead(_ run: RowRun) async throws -> [(bytes: [UInt8], why: String)] {
        let rows = try await run.database.sql(
            "SELECT encode(body, 'hex'), why FROM dead WHERE key LIKE '%.\(Self.user)%'", database: "journal")
        return rows.split(separator: "\n").map { row in
            let fields = row.split(separator: "|", maxSplits: 1)
            return (Self.bytes(hex: fields.first ?? ""), String(fields.last ?? ""))
        }
    }

    private static func bytes(hex: Substring) -> [UInt8] {
        var digits = hex[...]
        var bytes: [UInt8] = []
        while let byte = UInt8(digits.prefix(2), radix: 16) {
            bytes.append(byte)
            digits = digits.dropFirst(2)
        }
        return bytes
    }
}
