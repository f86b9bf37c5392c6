import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel
import Testing

/// Presence and journal against real servers, one test after the other: they share lines, users and queues.
@Suite(PresenceStage(), .serialized) struct RecordsTests {}

/// Broker, database, rufbus-presence and rufbus-journal around a suite, with the neighbours they have on the bus.
struct PresenceStage: SuiteTrait, TestScoping {
    @TaskLocal static var current: Neighbours?
    static var neighbours: Neighbours {
        guard let current else { preconditionFailure("the suite has no PresenceStage") }
        return current
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let house = try await House.start([.broker, .database])
        do {
            try writeFile(house.folder.path + "/directory.yaml", Self.directory.yaml)
            try await house.startService("presence")
            try await house.startService("journal")
            let neighbours = try await Neighbours(house)
            try await Self.$current.withValue(neighbours) { try await body() }
            await neighbours.close()
            await house.stop()
        } catch {
            await house.stop()
            throw error
        }
    }

    /// The demo's people and trunk: 30 outside lines, 2 of them kept free.
    static let directory = Demo.directory(pbx: "127.0.0.1", port: 5060)
}

/// Signaling, media, the gateway and a tap, as presence and journal see them.
final class Neighbours: Sendable {
    let house: House
    let signaling: Bus, cti: Bus, tap: Bus
    /// Calls that signaling says it runs.
    let running = Mutex<[CallSnapshot.Answer.Item]>([])
    let statuses = Inbox<UserStatus>(), occupancies = Inbox<LineOccupancy>(), changes = Inbox<UserChanged>()
    let written = Inbox<CallID>(), dead = Inbox<DeadMessage>()

    init(_ house: House) async throws {
        self.house = house
        var logger = Logger(label: "neighbours")
        logger.logLevel = .error
        func settings(_ service: String) -> BusSettings {
            BusSettings(url: house.broker.url(for: service), service: service, instance: InstanceID(unchecked: "n1"))
        }
        signaling = Bus(settings("signaling"), logger: logger)
        cti = Bus(settings("cti"), logger: logger)
        tap = Bus(settings("tap"), logger: logger, passive: true)
        signaling.serve(CallSnapshot.self) { [unowned self] _, responder in
            responder.answer(.init(calls: running.withLock { $0 }))
        }
        tap.listen(["user.x.#", "line.x.#", "journal.*.written.#"]) { [unowned self] in hear($0) }
        tap.listen(["#"], exchange: Topology.dead) { [unowned self] in keep($0, DeadMessage.self) { self.dead.add($0) }
        }
        try await signaling.open()
        try await cti.open()
        try await tap.open()
    }

    func close() async {
        await signaling.close()
        await cti.close()
        await tap.close()
    }

    private func hear(_ received: Received) {
        switch received.type {
        case UserStatus.type: keep(received, UserStatus.self) { self.statuses.add($0) }
        case UserChanged.type: keep(received, UserChanged.self) { self.changes.add($0) }
        case LineOccupancy.type: keep(received, LineOccupancy.self) { self.occupancies.add($0) }
        case JournalWhat.written.type: keep(received, JournalEntry.self) { self.written.add($0.call) }
        default: Issue.record("an event that nobody should send: \(received.type)")
        }
    }

    private func keep<P: Codable & Sendable>(_ received: Received, _ type: P.Type, _ add: (P) -> Void) {
        do { add(try received.data(type)) } catch {
            if received.type != Probe.type { Issue.record("\(received.type) cannot be read: \(error)") }
        }
    }

    // MARK: What they do

    func ask(_ question: PresenceQuery.Question) async throws(Refusal) -> PresenceQuery.Answer {
        try await cti.request(PresenceQuery(question))
    }

    func directory() async throws(Refusal) -> DirectoryQuery.Answer { try await cti.request(DirectoryQuery()) }

    func phone(of user: UserID) async throws -> UserStatus.Phone? {
        guard case .status(let status) = try await ask(.status(user)) else { return nil }
        return status.phone
    }

    func lines(_ call: TestCall, _ what: LinesRequest.What, epoch: Int = 1) async throws(Refusal) {
        _ = try await signaling.request(
            LinesRequest(seat: call.seat, call: call.call, epoch: epoch, what: what), limitMs: 10_000)
    }

    /// "sip outside" rows of the trunk, counted in the database itself.
    func rows() async throws -> String {
        try await house.database.sql(
            "SELECT count(*) FILTER (WHERE kind = 'sip') || ' ' || count(*) FILTER (WHERE kind = 'outside') FROM lines",
            database: "presence")
    }

    func legEnded(_ leg: LegID, of call: TestCall, epoch: Int = 1) async throws {
        let fact = LegFact(
            leg: leg, role: .device, trunk: TestCall.trunk, lines: LineUse(sip: 1, outside: 1), startedAt: "x",
            endedAt: "y")
        try await signaling.publishConfirmed(
            fact, type: LegWhat.ended.type, key: RoutingKey.leg(.ended, call.seat, call.call),
            position: call.position(9, epoch: epoch), durable: true)
    }

    func tell(_ what: CallWhat, _ call: TestCall, _ phase: CallPhase, _ sequence: Int, epoch: Int = 1) async throws {
        try await signaling.publishConfirmed(
            call.state(phase), type: what.type, key: RoutingKey.call(what, call.seat, call.call),
            position: call.position(sequence, epoch: epoch), durable: true)
    }
}
