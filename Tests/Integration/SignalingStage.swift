import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel
import Testing

/// A broker and rufbus-signaling around a suite; presence, media, the API and the trunk are played by the tests.
struct SignalingStage: SuiteTrait, TestScoping {
    @TaskLocal static var current: SignalingStage.Set?

    struct Set: Sendable {
        let house: House
        let trunk: SIPPeer
        let players: SignalingPlayers
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let house = try await House.start([.broker])
        do {
            let trunk = try SIPPeer()
            let players = try await SignalingPlayers(house, trunk: trunk.port)
            try await house.startService("signaling")
            try await Self.$current.withValue(Set(house: house, trunk: trunk, players: players)) { try await body() }
            await players.close()
            await house.stop()
        } catch {
            await house.stop()
            throw error
        }
    }
}

/// Presence and media as signaling sees them, the API that asks it, and a reader of all it publishes.
final class SignalingPlayers: Sendable {
    struct State: Sendable {
        var directory: DirectoryQuery.Answer
        /// What presence says to the next reservations; nil: granted.
        var noLines: Refusal?
        var nextPort: UInt16 = 40_000
        var commands: [(call: CallID, command: MediaCommand)] = []
        var closed: [CallID] = []
        /// Calls that media has lost.
        var forgotten: Swift.Set<CallID> = []
        var facts: [Received] = []
    }
    private let state: Mutex<State>
    private let presence: Bus, media: Bus
    let api: Bus

    init(_ house: House, trunk: UInt16) async throws {
        state = Mutex(State(directory: Self.directory(trunk: Demo.trunk("127.0.0.1", trunk))))
        presence = Self.bus("presence", house)
        media = Self.bus("media", house)
        api = Self.bus("cti", house)
        playPresence()
        playMedia()
        api.listen(["call.#", "leg.#", "line.x.state.#"]) { [unowned self] fact in
            state.withLock { $0.facts.append(fact) }
        }
        for bus in [presence, media, api] { try await bus.open() }
    }

    func close() async { for bus in [presence, media, api] { await bus.close() } }

    private static func bus(_ service: String, _ house: House) -> Bus {
        var logger = Logger(label: service)
        logger.logLevel = .error
        let instance = InstanceID(unchecked: "t1")
        return Bus(
            BusSettings(url: house.broker.url(for: service), service: service, instance: instance), logger: logger)
    }

    private func playPresence() {
        presence.serve(DirectoryQuery.self) { [unowned self] _, responder in responder.answer(read(\.directory)) }
        presence.serve(LinesRequest.self) { [unowned self] request, responder in
            guard case .reserve = request.what, let refusal = read(\.noLines) else { return responder.answer(Done()) }
            responder.refuse(refusal)
        }
    }

    private func playMedia() {
        media.serve(OpenMedia.self) { [unowned self] request, responder in
            let legs = request.legs.map { LocalAudio(leg: $0, address: "127.0.0.1", port: nextPort()) }
            responder.answer(.init(instance: media.instance, legs: legs))
        }
        media.serve(MediaCommands.self) { [unowned self] request, responder in
            state.withLock { $0.commands += request.commands.map { (request.position.call, $0) } }
            responder.answer(Done())
        }
        media.serve(CloseMedia.self) { [unowned self] request, responder in
            state.withLock { $0.closed.append(request.position.call) }
            responder.answer(Done())
        }
        media.serve(RenewMedia.self) { [unowned self] request, responder in
            let forgotten = read(\.forgotten)
            responder.answer(.init(unknown: request.leases.map(\.call).filter(forgotten.contains)))
        }
    }

    private func nextPort() -> UInt16 {
        state.withLock { state in
            state.nextPort += 2
            return state.nextPort
        }
    }

    // MARK: What a test reads and sets

    func read<T: Sendable>(_ path: KeyPath<State, T>) -> T {
        nonisolated(unsafe) let path = path  // A key path without captures: it is only read.
        return state.withLock { $0[keyPath: path] }
    }

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }

    func commands(_ call: CallID) -> [MediaCommand] {
        state.withLock { $0.commands.filter { $0.call == call }.map(\.command) }
    }

    /// Durable facts of a call, in the order of arrival: "started", "leg answered" …
    func story(_ call: CallID) -> [String] { durable(call).map { name(of: $0) } }

    /// Their sequence numbers.
    func sequence(_ call: CallID) -> [Int] { durable(call).compactMap { $0.position?.sequence } }

    func last(_ call: CallID) throws -> CallState? {
        try state.withLock { $0.facts }.last { $0.position?.call == call && $0.type.hasPrefix("rufbus.call.") }?
            .data(CallState.self)
    }

    private func durable(_ call: CallID) -> [Received] {
        state.withLock { $0.facts }.filter { $0.position?.call == call && $0.type != LegWhat.message.type }
    }

    private func name(of fact: Received) -> String {
        let parts = fact.type.split(separator: ".")
        return parts[1] == "leg" ? "leg \(parts[2])" : String(parts[2])
    }

    /// The ladder of a leg: "sent INVITE", "received 180 INVITE" …
    func ladder(_ leg: LegID) throws -> [String] {
        try state.withLock { $0.facts }.filter { $0.type == LegWhat.message.type }
            .map { try $0.data(LegMessage.self) }.filter { $0.leg == leg }
            .map { [$0.way.rawValue, $0.status.map(String.init), $0.method].compactMap(\.self).joined(separator: " ") }
    }

    /// Reason phrases that a ladder shows of a leg.
    func phrases(_ leg: LegID) throws -> [String] {
        try state.withLock { $0.facts }.filter { $0.type == LegWhat.message.type }
            .map { try $0.data(LegMessage.self) }.filter { $0.leg == leg }.compactMap(\.phrase)
    }

    // MARK: The directory

    /// Presence tells that something changed.
    func change(_ change: @Sendable (inout DirectoryQuery.Answer) -> Void) {
        let revision = state.withLock { state in
            change(&state.directory)
            state.directory.revision += 1
            return state.directory.revision
        }
        presence.publish(
            UserChanged(user: Self.anna, revision: revision), type: UserChanged.type,
            key: RoutingKey.userChanged(Self.anna), durable: false)
    }

    static let anna = UserID(unchecked: "anna")

    private static func directory(trunk: DirectoryTrunk) -> DirectoryQuery.Answer {
        let file = Demo.directory(pbx: trunk.address, port: trunk.port)
        var users = file.users.map(\.facts)
        users[0].active = DeviceID(unchecked: "office")
        users[0].fallback = nil
        return .init(revision: 1, office: file.office, users: users, trunks: [trunk])
    }
}
