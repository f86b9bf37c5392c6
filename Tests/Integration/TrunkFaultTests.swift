import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

/// Targets that are full or silent, who is no trunk, and registrations that are refused.
extension TrunkTests {
    @Test func aFullTargetIsLeftAndRetryAfterHonoured() async throws {
        let full = try SIPPeer(), next = try SIPPeer()
        try await TrunkStage.with { _ in
            TrunkStage.trunk([Self.target(full), Self.target(next)])
        } _: { stage in
            let wish = stage.originate()
            _ = try await stage.players.api.request(wish)
            let first = try #require(await TrunkDialog(calledAt: full, office: stage.port))
            first.reply("503 Service Unavailable", more: "Retry-After: 30\r\n")
            let second = try #require(await TrunkDialog(calledAt: next, office: stage.port))
            #expect(second.callID != first.callID, "a new INVITE")
            second.reply("503 Service Unavailable")
            #expect(try await stage.has(.full))
            #expect(try await eventually { stage.players.story(wish.call).last == "ended" })
            #expect(try stage.players.last(wish.call)?.reason == .noLine)
            // While it is full nothing is sent.
            let other = stage.originate("+498912345679")
            _ = try await stage.players.api.request(other)
            #expect(try await eventually { stage.players.story(other.call).last == "ended" })
            #expect(try stage.players.last(other.call)?.reason == .noLine)
            #expect(await next.receive("INVITE", seconds: 1) == nil)
            #expect(try await stage.has(.up, "\(next.port)", seconds: 15), "the other one waits for its Retry-After")
        }
    }

    /// Given up while the first target is silent: no other phone rings.
    @Test func whoHasGivenUpRingsNowhere() async throws {
        let silent = try SIPPeer(), next = try SIPPeer()
        try await TrunkStage.with { _ in
            TrunkStage.trunk([Self.target(silent), Self.target(next)])
        } _: { stage in
            let wish = stage.originate()
            _ = try await stage.players.api.request(wish)
            #expect(await silent.receive("INVITE") != nil)
            _ = try await stage.players.api.request(
                ClearConnection(call: wish.call, user: wish.user), to: stage.instance)
            #expect(await next.receive("INVITE", seconds: 6) == nil)
        }
    }

    @Test func theStateFollowsTheTargets() async throws {
        let far = try SIPPeer()
        try await TrunkStage.with { _ in
            TrunkStage.trunk([Self.target(far)], keepAliveSeconds: 2)
        } _: { stage in
            let first = try #require(await far.receive("OPTIONS"))
            #expect(SIPText(first).line("Session-ID") != nil)
            #expect(try await stage.has(.down, "no answer", seconds: 12))
            for _ in 0..<200 {  // Many are repetitions of those before.
                guard let request = await far.receive("OPTIONS", seconds: 12) else { break }
                far.answer(request, to: stage.port)
                if try stage.states().last?.state == .up { break }
            }
            #expect(try await stage.has(.up))
        }
    }

    @Test(arguments: [true, false]) func whoIsNoTrunkHearsNothingOr403(_ silent: Bool) async throws {
        let far = try SIPPeer()
        let target = TrunkTarget(address: "192.0.2.1", port: 5060)
        try await TrunkStage.with(
            { _ in TrunkStage.trunk([target], sources: ["127.0.0.0/29", "192.0.2.0/24"]) },
            more: silent ? "" : "  strangers: refuse"
        ) { stage in
            // Within the range: taken (and unknown here).
            let known = TrunkDialog(calling: "+4989000", from: far, office: stage.port)
            #expect(await known.receive("SIP/2.0 404") != nil)
            stage.players.change { $0.trunks[0].sources = ["192.0.2.0/24"] }
            try await Task.sleep(for: .seconds(1))
            for _ in 0..<40 { _ = TrunkDialog(calling: "+4989000", from: far, office: stage.port) }
            // Unacknowledged, and so said again, also to who was known.
            var refused: Set<String> = []
            while let answer = await far.receive("SIP/2.0", seconds: 1) {
                let call = SIPText(answer).line("Call-ID") ?? ""
                if call == known.callID || answer.hasPrefix("SIP/2.0 1") { continue }
                #expect(answer.hasPrefix("SIP/2.0 403"))
                refused.insert(call)
            }
            // Ten a second are answered.
            #expect(silent ? refused.isEmpty : (1...25).contains(refused.count), "\(refused.count)")
        }
    }

    /// What keeps a trunk from registering, and what its state says of it.
    @Test(arguments: [
        (nil, "the setting trunks.secrets is missing"), ("", "must hold one line"),
        ("with:colon", "the SIP library takes no colon"),
    ])
    func aPasswordThatCannotBeUsedIsNamed(_ secret: String?, _ words: String) async throws {
        let far = try SIPPeer()
        let registration = TrunkRegistration(domain: "127.0.0.1", user: "rufbus", expirySeconds: 60)
        try await TrunkStage.with(
            { _ in TrunkStage.trunk([Self.target(far)], registration: registration) }, secret: secret
        ) { stage in
            let isSo = try await stage.has(.unauthorised, words)
            #expect(isSo)
            #expect(await far.receive("REGISTER", seconds: 1) == nil)
        }
    }

    @Test(arguments: [("wrong", TrunkState.State.unauthorised), ("s3cret", .up)])
    func aRegistrarDecides(_ secret: String, _ state: TrunkState.State) async throws {
        let folder = try LocalFolder("registrar")
        let account = PBXLink.Account(user: "rufbus", password: "s3cret")
        let pbx = try await Kamailio(in: folder, rufbus: try FreePort.next(), link: PBXLink(account: account))
        let registration = TrunkRegistration(domain: "127.0.0.1", user: "rufbus", expirySeconds: 60)
        let target = TrunkTarget(address: "127.0.0.1", port: pbx.port)
        try await TrunkStage.with(
            { _ in TrunkStage.trunk([target], registration: registration) }, secret: secret
        ) { stage in
            let isSo = try await stage.has(state)
            #expect(isSo)
            let log = stage.signaling.child.logText
            #expect(!log.contains(secret))
        }
        await pbx.stop()
        try folder.remove()
    }
}
