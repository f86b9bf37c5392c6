import BusContract
import Codecs
import Foundation
import MediaEngine
import RTP
import TelephonyModel
import Testing

private let a = MediaBridge.a, b = MediaBridge.b

/// The engine on real sockets: what goes from leg to leg, and from whom it is taken.
@Suite(.serialized) struct MediaEngineTests {
    @Test(arguments: Codec.allCases, Codec.allCases)
    func joinedLegsHearEachOther(codecA: Codec, codecB: Codec) async throws {
        let bridge = try MediaBridge(codecA, codecB)
        try await talk(
            milliseconds: 1_000, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, 1_000, bridge.audioB)])
        #expect(Goertzel.share(of: 1_000, in: bridge.phoneA.loudSamples) > 0.95)
        #expect(Goertzel.share(of: 600, in: bridge.phoneB.loudSamples) > 0.95)
        #expect(bridge.phoneA.loudSamples.count == 8_000 && bridge.phoneB.loudSamples.count == 8_000)
        #expect(bridge.phoneA.isUnbroken && bridge.phoneB.isUnbroken)
        let facts = bridge.bench.engine.close([a, b])
        #expect(facts.map(\.leg) == [a, b])
        for fact in facts {
            #expect(fact.packetsReceived == 50 && fact.bytesReceived == 8_000)
            #expect(fact.packetsSent >= 50 && fact.bytesSent == fact.packetsSent * 160)
            #expect(fact.packetsLost == 0 && fact.packetsRefused == 0)
        }
    }

    @Test func nothingIsRelayedBeforeTheLegsAreJoined() async throws {
        let bridge = try MediaBridge(isJoined: false)
        try await talk(milliseconds: 300, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        #expect(bridge.phoneB.loudSamples.isEmpty && bridge.phoneB.samples.count > 1_600)  // Silence is heard.
        try bridge.bench.engine.apply([.hear(b, .leg(a))])
        try await talk(milliseconds: 300, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, 900, bridge.audioB)])
        #expect(bridge.phoneB.loudSamples.count == 2_400)
        #expect(bridge.phoneA.loudSamples.isEmpty)  // Joined one way only.
        #expect(bridge.phoneB.isUnbroken)
    }

    @Test func nothingIsSentOrTakenBeforeTheFarSideIsKnown() async throws {
        let bench = try MediaBench()
        let phoneA = try MediaPhone(), phoneB = try MediaPhone()
        let audio = try bench.engine.open([a, b])
        try bench.engine.apply([.remote(b, phoneB.remote()), .hear(a, .leg(b)), .hear(b, .leg(a))])
        try await talk(milliseconds: 200, [(phoneA, 600, audio[0]), (phoneB, 900, audio[1])])
        #expect(phoneA.heard.isEmpty && phoneB.heard.isEmpty)
        #expect(bench.counters(a).packetsReceived == 0 && bench.counters(a).packetsRefused == 0)
        try bench.engine.apply([.remote(a, phoneA.remote())])
        try await talk(milliseconds: 200, [(phoneA, 600, audio[0]), (phoneB, 900, audio[1])])
        #expect(phoneA.loudSamples.count == 1_600 && phoneB.loudSamples.count == 1_600)
    }

    /// RFC 3264 §8.4: a phone that holds us may play music, and hears nothing until it takes us back.
    @Test func aFarSideThatHoldsUsGetsNothingAndIsHeard() async throws {
        let bridge = try MediaBridge()
        try await talk(milliseconds: 200, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, 1_000, bridge.audioB)])
        var hold = bridge.phoneB.remote()
        hold.address = "0.0.0.0"
        try bridge.bench.engine.apply([.remote(b, hold)])
        try await Task.sleep(for: .milliseconds(100))
        let (heardByA, heardByB) = (bridge.phoneA.loudSamples.count, bridge.phoneB.samples.count)
        try await talk(milliseconds: 400, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, 1_000, bridge.audioB)])
        #expect(bridge.phoneB.samples.count == heardByB)
        #expect(bridge.phoneA.loudSamples.count > heardByA)
        try bridge.bench.engine.apply([.remote(b, bridge.phoneB.remote())])
        try await talk(milliseconds: 200, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, 1_000, bridge.audioB)])
        #expect(bridge.phoneB.samples.count > heardByB)
        #expect(bridge.phoneB.isUnbroken, "what was left out leaves no gap in its numbers")
    }

    @Test func firstPacketIsNoticedOncePerFarSide() async throws {
        let bridge = try MediaBridge()
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA)])
        #expect(try await bridge.bench.notices(.firstPacket(a)))
        #expect(bridge.bench.noticed == [.firstPacket(a)])
        try bridge.bench.engine.apply([.remote(a, bridge.phoneA.remote())])  // Says nothing new.
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA)])
        #expect(bridge.bench.noticed == [.firstPacket(a)])
        let moved = try MediaPhone()
        try bridge.bench.engine.apply([.remote(a, moved.remote())])
        try await talk(milliseconds: 100, [(moved, 600, bridge.audioA), (bridge.phoneB, 600, bridge.audioB)])
        #expect(try await bridge.bench.notices(.firstPacket(b)))
        #expect(bridge.bench.noticed.filter { $0 == .firstPacket(a) }.count == 2)
        #expect(moved.loudSamples.count == 800)
    }

    @Test func strangerIsRefusedAndNotHeard() async throws {
        let bridge = try MediaBridge()
        let stranger = try MediaPhone(address: "127.0.0.2")
        try await talk(milliseconds: 200, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        try await talk(
            milliseconds: 400,
            [
                (bridge.phoneA, 600, bridge.audioA), (stranger, 2_000, bridge.audioA),
                (bridge.phoneB, 900, bridge.audioB),
            ]
        )
        #expect(Goertzel.share(of: 2_000, in: bridge.phoneB.loudSamples) < 0.01)
        #expect(bridge.phoneB.loudSamples.count == 4_800)
        #expect(stranger.heard.isEmpty && bridge.phoneA.loudSamples.count == 3_200)
        #expect(bridge.bench.counters(a).packetsRefused == 20)
    }

    @Test func phoneBehindNATIsFoundByItsPackets() async throws {
        let bridge = try MediaBridge()
        try bridge.bench.engine.apply([.remote(a, bridge.phoneA.remote(address: "127.0.0.77"))])
        try await talk(
            milliseconds: 400, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, 900, bridge.audioB)])
        // Three packets prove the source, the fourth is taken.
        #expect(bridge.bench.counters(a).packetsRefused == 3)
        #expect(bridge.phoneB.loudSamples.count == 17 * 160)
        #expect(bridge.phoneA.loudSamples.count >= 16 * 160)
    }

    @Test func lostPacketsAreCountedAndTheGapIsPassedOn() async throws {
        let bridge = try MediaBridge()
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA)])
        bridge.phoneA.sequenceNumber &+= 4
        bridge.phoneA.timestamp &+= 640
        bridge.phoneB.forget()
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        #expect(bridge.bench.counters(a).packetsLost == 4)
        #expect(bridge.phoneB.isUnbroken && bridge.phoneB.heard.count == 5)
    }

    @Test func closedLegLeavesSilence() async throws {
        let bridge = try MediaBridge()
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        #expect(bridge.bench.engine.close([a]).count == 1)
        try await talk(milliseconds: 300, [(bridge.phoneB, 900, bridge.audioB)])
        #expect(bridge.phoneB.loudSamples.count == 800 && bridge.phoneB.samples.count > 2_400)
        #expect(bridge.phoneB.isUnbroken)
    }

    /// Noise on all four ports of a call hurts nobody and is counted.
    @Test func noiseIsCountedAndTheCallGoesOn() async throws {
        let bridge = try MediaBridge()
        let noisy = try MediaPhone(address: "127.0.0.3")
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        for round in 0..<500 {
            let bytes = (0..<Int.random(in: 0...1_400)).map { _ in UInt8.random(in: 0...255) }
            noisy.sendRaw(bytes, to: bridge.audioA.address, bridge.audioA.port + UInt16(round % 2))
            bridge.phoneA.sendRaw(bytes, to: bridge.audioA.address, bridge.audioA.port + 1)
            if round % 25 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        noisy.sendRaw(Array(repeating: 0x80, count: 9_000), to: bridge.audioA.address, bridge.audioA.port)
        bridge.phoneB.forget()
        try await talk(milliseconds: 200, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        #expect(bridge.phoneB.loudSamples.count == 1_600 && bridge.phoneB.isUnbroken)
        #expect(bridge.bench.counters(a).packetsRefused > 500)
        #expect(bridge.bench.counters(a).packetsReceived == 15)
    }

    @Test func controlPacketsAreTakenQuietly() async throws {
        let bridge = try MediaBridge()
        for _ in 0..<20 {
            bridge.phoneA.sendRaw([0x80, 201, 0, 1, 0, 0, 0, 7], to: bridge.audioA.address, bridge.audioA.port + 1)
            bridge.phoneA.sendRaw([0x80, 201, 0, 1, 0, 0, 0, 7], to: bridge.audioA.address, bridge.audioA.port)
        }
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        #expect(bridge.bench.counters(a).packetsRefused == 0 && bridge.bench.counters(a).packetsReceived == 5)
        #expect(bridge.phoneB.loudSamples.count == 800)
    }
}

/// Key presses.
extension MediaEngineTests {
    @Test func keyPressIsPassedOnUnderTheListenersType() async throws {
        let bridge = try MediaBridge(dtmfB: 96)
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA)])
        bridge.phoneB.forget()
        try bridge.phoneA.press("5", to: bridge.audioA)
        try await talk(milliseconds: 60, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        let events = bridge.phoneB.events
        #expect(events.count == 6 && events.allSatisfy { $0.header.payloadType == 96 && $0.payload.first == 5 })
        #expect(Set(events.map(\.header.timestamp)).count == 1)
        #expect(events.map(\.header.marker) == [true, false, false, false, false, false])
        #expect(events.map { $0.payload[1] >> 7 } == [0, 0, 0, 1, 1, 1])
        #expect(bridge.phoneB.isUnbroken && bridge.phoneB.heard.count == 9)
    }

    @Test func keyPressIsLeftOutForWhoTakesNone() async throws {
        let bridge = try MediaBridge(dtmfB: nil)
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA)])
        try bridge.phoneA.press("5", to: bridge.audioA)
        try await talk(milliseconds: 100, [(bridge.phoneA, 600, bridge.audioA), (bridge.phoneB, nil, bridge.audioB)])
        #expect(bridge.phoneB.events.isEmpty && bridge.phoneB.isUnbroken)
        #expect(bridge.phoneB.loudSamples.count == 1_600)
    }

    @Test func firstWantedKeyIsCollectedOnce() async throws {
        let bridge = try MediaBridge(dtmfA: 100, isJoined: false)
        try bridge.bench.engine.apply([.collect(a, id: 7, digits: "12", timeoutMs: 10_000)])
        try bridge.phoneA.press("3", to: bridge.audioA)  // Not wanted.
        try bridge.phoneA.press("2", payloadType: 100, to: bridge.audioA)  // The number of its own offer.
        try bridge.phoneA.press("1", to: bridge.audioA)
        #expect(try await bridge.bench.notices(.collected(a, id: 7, digit: "2")))
        try await Task.sleep(for: .milliseconds(100))
        #expect(bridge.bench.noticed.filter { $0 != .firstPacket(a) } == [.collected(a, id: 7, digit: "2")])
        try bridge.bench.engine.apply([.collect(a, id: 8, digits: "12", timeoutMs: 10_000)])
        try bridge.phoneA.press("2", to: bridge.audioA)
        #expect(try await bridge.bench.notices(.collected(a, id: 8, digit: "2")))
    }

    @Test func collectingEndsByTimeOrByWord() async throws {
        let bridge = try MediaBridge(isJoined: false)
        try bridge.bench.engine.apply([
            .collect(a, id: 1, digits: "1", timeoutMs: 100), .collect(b, id: 2, digits: "1", timeoutMs: 100),
            .stopCollecting(b),
        ])
        #expect(try await bridge.bench.notices(.collected(a, id: 1, digit: nil)))
        try bridge.phoneA.press("1", to: bridge.audioA)
        try bridge.phoneB.press("1", to: bridge.audioB)
        #expect(try await bridge.bench.notices(.firstPacket(b)))
        try await Task.sleep(for: .milliseconds(100))
        let collected = bridge.bench.noticed.filter { ![.firstPacket(a), .firstPacket(b)].contains($0) }
        #expect(collected == [.collected(a, id: 1, digit: nil)])
    }
}
