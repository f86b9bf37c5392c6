import BusContract
import LocalHouse
import TelephonyModel
import Testing

/// The lease's own time: a minute.
@Suite(MediaStage()) struct MediaPatienceTests {
    let owner: MediaOwner
    let house: House

    init() throws {
        let stage = try #require(MediaStage.current)
        (owner, house) = (stage.owner, stage.house)
    }

    @Test func aLeaseEndsWithoutOwnerAndWithoutRTPOnly() async throws {
        let (silent, spoken, renewed) = (try MediaTalk(owner), try MediaTalk(owner), try MediaTalk(owner))
        let media = try await silent.open()
        let port = try await spoken.open().legs[0].port
        _ = try await renewed.open()
        try await spoken.command(spoken.remotes, media.instance)
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(64), owner.notices(silent.call).isEmpty {
            #expect(try await renewed.renew(media.instance) == [])
            try await spoken.phones[0].speak(0x11, packets: 50, to: port)
        }
        #expect(ContinuousClock.now - start > .seconds(58))
        #expect(owner.notices(silent.call) == [.leaseEnded])
        #expect(try await owner.sees { owner.facts(silent.call).last?.what == MediaWhat.ended.type })
        #expect(try await renewed.renew(media.instance, also: [silent, spoken]) == [silent.call])
        #expect(house.service("media").child.logText.contains("no signaling instance has renewed this call"))
        try await spoken.close(media.instance)
        try await renewed.close(media.instance)
    }
}
