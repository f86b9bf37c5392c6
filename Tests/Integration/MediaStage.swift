import BusClient
import BusContract
import Foundation
import LocalHouse
import Logging
import Synchronization
import TelephonyModel
import Testing

/// A broker, rufbus-media, and an owner of seats that speaks to it as signaling does, around a suite.
struct MediaStage: SuiteTrait, TestScoping {
    @TaskLocal static var current: MediaStage.Set?

    struct Set: Sendable {
        let house: House
        let owner: MediaOwner
    }

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void)
        async throws
    {
        let house = try await House.start([.broker])
        do {
            try await house.startService("media")
            let owner = try await MediaOwner(house)
            try await Self.$current.withValue(Set(house: house, owner: owner)) { try await body() }
            await owner.bus.close()
            await house.stop()
        } catch {
            await house.stop()
            throw error
        }
    }
}

/// Signaling as media sees it: asks, gets notices, and reads what is published.
final class MediaOwner: Sendable {
    struct Fact: Sendable {
        let what: String
        let position: CallPosition
        let fact: MediaFact
    }

    let bus: Bus
    private let seen = Mutex<(notices: [MediaNotice], facts: [Fact])>(([], []))

    init(_ house: House) async throws {
        let settings = BusSettings(
            url: house.broker.url(for: "signaling"), service: "signaling", instance: InstanceID(unchecked: "a1"))
        var logger = Logger(label: "owner")
        logger.logLevel = .error
        bus = Bus(settings, logger: logger)
        bus.serve(MediaNotice.self) { [unowned self] notice, responder in
            seen.withLock { $0.notices.append(notice) }
            responder.answer(Done())
        }
        bus.listen(["media.#"]) { [unowned self] received in
            do {
                guard let position = received.position else { return }
                let fact = Fact(what: received.type, position: position, fact: try received.data(MediaFact.self))
                seen.withLock { $0.facts.append(fact) }
            } catch { Issue.record("\(received.type) cannot be read: \(error)") }
        }
        try await bus.open()
    }

    func notices(_ call: CallID) -> [MediaNotice.What] {
        seen.withLock { $0.notices.filter { $0.position.call == call }.map(\.what) }
    }
    func facts(_ call: CallID) -> [Fact] { seen.withLock { $0.facts.filter { $0.position.call == call } } }

    /// Asks every 20 ms, for 5 s if nothing else is said.
    func sees(seconds: Double = 5, _ condition: () -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while !condition() {
            if ContinuousClock.now > end { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}

/// A call of a seat of its own, with the phones of its two legs.
struct MediaTalk: Sendable {
    let owner: MediaOwner
    let call: CallID
    let seat: UserID
    let legs: [LegID]
    let phones: [AudioPeer]

    init(_ owner: MediaOwner) throws {
        self.owner = owner
        call = CallID(unchecked: uuid7())
        seat = UserID(unchecked: "seat-\(call.rawValue.suffix(12))")
        legs = [LegID(unchecked: "\(call)-d"), LegID(unchecked: "\(call)-p")]
        phones = [try AudioPeer(), try AudioPeer()]
    }

    func position(epoch: Int = 1) -> CallPosition {
        CallPosition(seat: seat, call: call, conversation: call, epoch: epoch, sequence: 3)
    }

    func open(epoch: Int = 1) async throws(Refusal) -> OpenMedia.Answer {
        try await owner.bus.request(OpenMedia(position: position(epoch: epoch), owner: owner.bus.instance, legs: legs))
    }

    func command(_ commands: [MediaCommand], _ media: InstanceID, epoch: Int = 1) async throws(Refusal) {
        _ = try await owner.bus.request(MediaCommands(position: position(epoch: epoch), commands: commands), to: media)
    }

    func close(_ media: InstanceID, epoch: Int = 1) async throws(Refusal) {
        _ = try await owner.bus.request(CloseMedia(position: position(epoch: epoch)), to: media)
    }

    func renew(_ media: InstanceID, also calls: [MediaTalk] = []) async throws(Refusal) -> [CallID] {
        let leases = ([self] + calls).map { RenewMedia.Lease(seat: $0.seat, call: $0.call, epoch: 1) }
        return try await owner.bus.request(RenewMedia(owner: owner.bus.instance, leases: leases), to: media).unknown
    }

    /// Where the legs' phones are.
    var remotes: [MediaCommand] {
        zip(legs, phones).map { leg, phone in
            .remote(
                leg,
                RemoteAudio(address: "127.0.0.1", port: phone.port, codec: .pcma, payloadType: 8, dtmfPayloadType: 101))
        }
    }
    var join: [MediaCommand] { [.hear(legs[0], .leg(legs[1])), .hear(legs[1], .leg(legs[0]))] }
}
