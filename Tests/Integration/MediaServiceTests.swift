import BusClient
import BusContract
import LocalHouse
import TelephonyModel
import Testing

/// rufbus-media as a process: asked over RabbitMQ, spoken to by RTP.
@Suite(MediaStage(), .serialized) struct MediaServiceTests {
    let owner: MediaOwner
    let house: House

    init() throws {
        let stage = try #require(MediaStage.current)
        (owner, house) = (stage.owner, stage.house)
    }

    @Test func aCallIsOpenedJoinedAndClosedAndSaysWhatItMeasured() async throws {
        let talk = try MediaTalk(owner)
        let media = try await talk.open()
        #expect(media.legs.map(\.leg) == talk.legs)
        #expect(media.legs.allSatisfy { $0.port % 2 == 0 && house.rtpPorts.contains($0.port) })
        #expect(try await talk.open() == media, "the same call again gets the same ports")

        try await talk.command(talk.remotes + talk.join, media.instance)
        async let device: Void = talk.phones[0].speak(0x11, packets: 60, to: media.legs[0].port)
        async let party: Void = talk.phones[1].speak(0x22, packets: 60, to: media.legs[1].port)
        _ = try await (device, party)
        // One packet of each may still be under way.
        #expect(talk.phones[0].heard(0x22) >= 55 * 160)
        #expect(talk.phones[1].heard(0x11) >= 55 * 160)
        #expect(talk.phones[0].heard(0x11) == 0, "nobody hears himself")
        let seen = try await owner.sees { owner.notices(talk.call).count == 2 }
        #expect(seen && Set(owner.notices(talk.call)) == Set(talk.legs.map { .firstPacket($0) }))

        try await talk.close(media.instance)
        try await talk.close(media.instance)
        #expect(try await owner.sees { owner.facts(talk.call).count == 3 })
        let facts = owner.facts(talk.call)
        #expect(facts.map(\.what) == ["rufbus.media.opened.v1", "rufbus.media.joined.v1", "rufbus.media.ended.v1"])
        #expect(facts.map(\.position.sequence) == [1, 2, 3])
        let legs = try #require(facts.last?.fact.legs)
        #expect(legs.map(\.leg) == talk.legs)
        #expect(legs.allSatisfy { $0.packetsReceived == 60 && $0.packetsLost == 0 && $0.packetsSent >= 58 })
        for leg in media.legs { _ = try AudioPeer(port: leg.port) }
    }

    @Test func aPromptIsHeardAndTheKeyThatAnswersItIsTold() async throws {
        let talk = try MediaTalk(owner)
        let media = try await talk.open()
        let (device, port) = (talk.legs[0], media.legs[0].port)
        let ask: [MediaCommand] = [
            .hear(device, .prompt(name: "accept", language: .de, times: 2)),
            .collect(device, id: 7, digits: "12", timeoutMs: 10_000),
        ]
        try await talk.command(talk.remotes + ask, media.instance)
        try await talk.phones[0].speak(0xD5, packets: 50, to: port)
        try await talk.phones[0].press(9, to: port)
        try await talk.phones[0].press(1, to: port)
        #expect(try await owner.sees { owner.notices(talk.call).contains(.collected(device, id: 7, digit: "1")) })
        // 0xD5 is A-law silence.
        #expect(talk.phones[0].heardAll - talk.phones[0].heard(0xD5) > 4_000)
        #expect(talk.phones[1].heardAll == talk.phones[1].heard(0xD5), "the other leg hears no prompt")
        try await talk.close(media.instance)
    }

    @Test func aKeyThatIsNotPressedIsToldAfterItsTime() async throws {
        let talk = try MediaTalk(owner)
        let media = try await talk.open()
        try await talk.command([.collect(talk.legs[0], id: 3, digits: "1", timeoutMs: 300)], media.instance)
        #expect(try await owner.sees { owner.notices(talk.call) == [.collected(talk.legs[0], id: 3, digit: nil)] })
        try await talk.close(media.instance)
    }

    @Test func whatMakesNoSenseIsRefusedInWords() async throws {
        let talk = try MediaTalk(owner)
        let media = try await talk.open(epoch: 2)
        let stranger = try MediaTalk(owner)
        let (device, prompt) = (talk.legs[0], AudioSource.prompt(name: "no-such-prompt", language: .en, times: 1))
        let wrong: [(String, MediaTalk, InstanceID, Int, [MediaCommand])] = [
            ("404 no-such-call", stranger, media.instance, 1, stranger.join),
            ("409 old-epoch", talk, media.instance, 1, talk.join),
            ("422 bad-command", talk, media.instance, 2, [.hear(device, .leg(stranger.legs[0]))]),
            ("422 bad-command", talk, media.instance, 2, [.hear(device, prompt)]),
            ("503 no-such-instance", talk, InstanceID(unchecked: "nobody"), 2, talk.join),
        ]
        for (expected, talk, instance, epoch, commands) in wrong {
            let refusal = await refusal { () throws(Refusal) in
                try await talk.command(commands, instance, epoch: epoch)
            }
            #expect(refusal == expected)
        }
        #expect(try await talk.renew(media.instance, also: [stranger]) == [stranger.call])
        try await talk.close(media.instance, epoch: 2)
    }

    @Test func aStopEndsTheCallsAndTheirEventsStillGoOut() async throws {
        let talk = try MediaTalk(owner)
        let port = try await talk.open().legs[0].port
        let exit = await house.service("media").stop()
        #expect(exit == .status(0))
        #expect(try await owner.sees { owner.facts(talk.call).last?.what == MediaWhat.ended.type })
        _ = try AudioPeer(port: port)
        try await house.startService("media")
        let next = try MediaTalk(owner)
        let media = try await next.open()
        #expect(try await next.renew(media.instance, also: [talk]) == [talk.call], "a new start knows no old call")
        try await next.close(media.instance)
    }

    private func refusal(_ body: () async throws(Refusal) -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            #expect(error.sentence.count > 20, "a refusal helps")
            return "\(error.status) \(error.code)"
        }
    }
}
