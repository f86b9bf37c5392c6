import BusContract
import Foundation
import LocalHouse
import TelephonyModel

@testable import BusClient

/// One call's events as signaling and media send them.
struct JournalCall: Sendable {
    struct Message: Sendable {
        let key: String, type: String, id: String
        let body: [UInt8]
        let isMedia: Bool
    }
    static let users = (0..<20).map { "user-\($0)" }
    let call: TestCall
    let messages: [Message]

    init(of user: String) throws {
        let call = TestCall(of: user)
        self.call = call
        var messages: [Message] = []
        func add<P: Codable & Sendable>(_ data: P, _ type: String, _ key: String, _ sequence: Int, media: Bool = false)
            throws
        {
            let id = uuid7()
            let envelope = Envelope(
                id: id, source: media ? "rufbus/media/m1" : "rufbus/signaling/a1", type: type,
                time: "2026-03-01T12:00:00.000Z", position: call.position(sequence), data: data)
            let body = Array(try JSONEncoder().encode(envelope))
            messages.append(Message(key: key, type: type, id: id, body: body, isMedia: media))
        }
        func leg(_ id: LegID, _ role: LegRole, ended: Bool) -> LegFact {
            LegFact(
                leg: id, role: role, kind: role == .device ? .mobile : nil, trunk: TestCall.trunk,
                lines: LineUse(sip: 1, outside: 1), status: 200, startedAt: "2026-03-01T12:00:00.000Z",
                answeredAt: "2026-03-01T12:00:05.000Z", endedAt: ended ? "2026-03-01T12:01:05.250Z" : nil)
        }
        func key(_ what: CallWhat) -> String { RoutingKey.call(what, call.seat, call.call) }
        try add(call.state(.started), CallWhat.started.type, key(.started), 1)
        try add(call.state(.ringing), CallWhat.ringing.type, key(.ringing), 2)
        let answered = RoutingKey.leg(.answered, call.seat, call.call)
        let ended = RoutingKey.leg(.ended, call.seat, call.call)
        try add(leg(call.device, .device, ended: false), LegWhat.answered.type, answered, 3)
        try add(leg(call.party, .party, ended: false), LegWhat.answered.type, answered, 4)
        try add(call.state(.talking), CallWhat.answered.type, key(.answered), 5)
        try add(leg(call.device, .device, ended: true), LegWhat.ended.type, ended, 6)
        try add(leg(call.party, .party, ended: true), LegWhat.ended.type, ended, 7)
        try add(call.state(.ended), CallWhat.ended.type, key(.ended), 8)
        let measured = MediaFact(
            call: call.call, instance: InstanceID(unchecked: "m1"),
            legs: [call.device, call.party].map { MediaFact.Leg(leg: $0, packetsReceived: 3_012) })
        try add(measured, MediaWhat.ended.type, RoutingKey.media(.ended, call.seat, call.call), 1, media: true)
        self.messages = messages
    }
}

extension JournalCall.Message {
    /// Any bytes, as an event of a call of Anna's.
    init(raw body: [UInt8]) {
        let key = RoutingKey.call(.started, UserID(unchecked: "anna"), CallID(unchecked: "c1"))
        self.init(key: key, type: "x", id: uuid7(), body: body, isMedia: false)
    }

    init(_ position: CallPosition, _ type: String, _ data: some Codable & Sendable, id: String = uuid7()) throws {
        let envelope = Envelope(
            id: id, source: "rufbus/signaling/a1", type: type, time: "2026-03-01T12:00:00.000Z", position: position,
            data: data)
        self.init(
            key: RoutingKey.call(.started, position.seat, position.call), type: type, id: id,
            body: Array(try JSONEncoder().encode(envelope)), isMedia: false)
    }
}

extension House {
    /// Sends the very bytes, so that a repeated message is the same message; returns when the broker has them.
    func send(_ messages: [JournalCall.Message]) throws {
        for (user, isMedia) in [("signaling", false), ("media", true)] {
            let own = messages.filter { $0.isMedia == isMedia }
            guard !own.isEmpty else { continue }
            let link = try BusClient.Link(BrokerURL(broker.url(for: user)), name: "test")
            defer { link.close() }
            try link.selectConfirms()
            for start in stride(from: 0, to: own.count, by: 200) {
                try send(Array(own[start..<min(start + 200, own.count)]), on: link, after: UInt64(start))
            }
        }
    }

    private func send(_ window: [JournalCall.Message], on link: BusClient.Link, after sent: UInt64) throws {
        for message in window {
            var outgoing = Outgoing(
                exchange: Topology.events, key: message.key, type: message.type, id: message.id, body: message.body,
                kind: .event)
            outgoing.durable = true
            try link.publish(outgoing)
        }
        var confirmed = Set<UInt64>()
        let end = ContinuousClock.now + .seconds(30)
        while confirmed.count < window.count {
            switch try link.next() {
            case .confirmed(let tag, true): confirmed.formUnion((sent + 1)...tag)
            case .confirmed(let tag, false): confirmed.insert(tag)
            case nil where ContinuousClock.now < end: usleep(1_000)
            default: throw BusError(.lost, "the broker did not confirm")
            }
        }
    }
}
