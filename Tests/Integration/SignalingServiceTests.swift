import BusClient
import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

/// rufbus-signaling as a whole: what it says on SIP and on the bus, and what it does when one of both is away.
@Suite(SignalingStage(), .serialized) struct SignalingServiceTests {
    private var stage: SignalingStage.Set { get throws { try #require(SignalingStage.current) } }

    private func originate(
        device: String = "office", target: String = "+498912345678", _ reach: Reach = .outside
    ) -> Originate {
        Originate(
            call: CallID(unchecked: uuid7()), user: SignalingPlayers.anna, target: target, targetReach: reach,
            device: DeviceID(unchecked: device))
    }

    private func dialog() async throws -> TrunkDialog {
        try #require(await TrunkDialog(calledAt: stage.trunk, office: stage.house.sipPort), "no INVITE came")
    }

    private func call(
        _ number: String, more: String = "", sdp: String? = TrunkDialog.sdp(port: 6000),
        type: String = "application/sdp"
    )
        throws -> TrunkDialog
    {
        TrunkDialog(
            calling: number, from: try stage.trunk, office: try stage.house.sipPort, more: more, sdp: sdp, type: type)
    }

    /// Anna and the customer talk: her leg, his leg.
    private func talk(_ wish: Originate) async throws -> (device: TrunkDialog, party: TrunkDialog) {
        _ = try await stage.players.api.request(wish)
        let device = try await dialog()
        device.reply("180 Ringing")
        device.reply("200 OK", sdp: TrunkDialog.sdp(port: 6002))
        #expect(await device.receive("ACK") != nil)
        let party = try await dialog()
        party.reply("180 Ringing")
        party.reply("200 OK", sdp: TrunkDialog.sdp(port: 6004))
        #expect(await party.receive("ACK") != nil)
        return (device, party)
    }

    private func answerBye(_ dialog: TrunkDialog, seconds: Int = 5) async -> SIPText? {
        let bye = await dialog.receive("BYE", seconds: seconds)
        if let bye { dialog.reply("200 OK", to: bye) }
        return bye
    }

    // MARK: Calls

    @Test func aCallBackShowsTheOfficeNumberAndIsToldWithoutGaps() async throws {
        let players = try stage.players, wish = originate()
        let (device, party) = try await talk(wish)
        let session = wish.call.rawValue.filter { $0 != "-" }
        for (dialog, number) in [(device, "723"), (party, "000498912345678")] {
            #expect(dialog.requestURI.hasPrefix("sip:\(number)@127.0.0.1:"))
            #expect(dialog.invite.line("From")?.contains("sip:+498984098723@") == true)
            #expect(dialog.invite.line("P-Asserted-Identity")?.contains("sip:+498984098723@") == true)
            #expect(dialog.invite.line("Session-ID")?.hasPrefix(session) == true)
            #expect(dialog.invite.line("Contact")?.contains("23@") == false)
            #expect(dialog.invite.body.contains("m=audio") && dialog.invite.body.contains("RTP/AVP 8 0 101"))
        }
        party.send("BYE")
        #expect(await party.receive("SIP/2.0 200") != nil)
        #expect(await answerBye(device) != nil)
        try await eventually { players.story(wish.call).last == "ended" && players.read(\.closed).contains(wish.call) }
        #expect(
            players.story(wish.call) == [
                "started", "ringing", "leg answered", "dialing", "alerting", "leg answered", "answered", "leg ended",
                "leg ended", "ended",
            ])
        #expect(players.sequence(wish.call) == Array(1...10))
        #expect(try players.last(wish.call)?.endedBy == .party)
        #expect(
            try players.ladder(LegID(unchecked: "\(wish.call)-p")).filter { !$0.contains("100") } == [
                "sent INVITE", "received 180 INVITE", "received 200 INVITE", "sent ACK", "received BYE", "sent 200 BYE",
            ])
    }

    @Test func aMovedPartyIsHeardWhereItIsAndHearsTheSameSide() async throws {
        let players = try stage.players, wish = originate()
        let (device, party) = try await talk(wish)
        let offered = try #require(party.invite.sessionVersion)
        party.send("INVITE", sdp: TrunkDialog.sdp(port: 6100))
        let first = try #require(await party.receive("SIP/2.0 200"))
        party.send("ACK")
        let leg = LegID(unchecked: "\(wish.call)-p")
        let moved = RemoteAudio(
            address: "127.0.0.1", port: 6100, codec: .pcma, payloadType: 8, dtmfPayloadType: 101)
        try await eventually { players.commands(wish.call).last == .remote(leg, moved) }
        #expect(players.commands(wish.call).last == .remote(leg, moved))
        let settled = players.commands(wish.call).count
        party.send("INVITE", sdp: TrunkDialog.sdp(port: 6100))
        let second = try #require(await party.receive("SIP/2.0 200"))
        party.send("ACK")
        #expect(first.sessionVersion == offered + 1, "one codec is left of two")
        #expect(second.body == first.body, "nothing changed")
        #expect(players.commands(wish.call).count == settled)
        party.send("INVITE", sdp: TrunkDialog.sdp(port: 6100, codecs: "18"))
        #expect(await party.receive("SIP/2.0 488") != nil)
        party.send("BYE")
        #expect(await answerBye(device) != nil)
    }

    @Test(arguments: [
        ("a=sendonly", "127.0.0.1", "a=recvonly"), ("a=inactive", "127.0.0.1", "a=inactive"),
        ("a=sendrecv", "0.0.0.0", "a=recvonly"),
    ])
    func aPartyThatHoldsUsHearsNothingUntilItTakesUsBack(
        _ direction: String, _ address: String, _ answered: String
    ) async throws {
        let players = try stage.players, wish = originate()
        let (device, party) = try await talk(wish)
        let leg = LegID(unchecked: "\(wish.call)-p")
        let (held, back) = (moved(leg, to: "0.0.0.0"), moved(leg, to: "127.0.0.1"))
        let hold = TrunkDialog.sdp(port: 6004, more: direction)
        party.send("INVITE", sdp: hold.replacing("c=IN IP4 127.0.0.1", with: "c=IN IP4 \(address)"))
        let answer = try #require(await party.receive("SIP/2.0 200"))
        party.send("ACK")
        #expect(answer.body.contains(answered))
        try await eventually { players.commands(wish.call).last == held }
        #expect(players.commands(wish.call).last == held)
        party.send("INVITE", sdp: TrunkDialog.sdp(port: 6004))
        #expect(await party.receive("SIP/2.0 200")?.body.contains("a=sendrecv") == true)
        party.send("ACK")
        try await eventually { players.commands(wish.call).last == back }
        #expect(players.commands(wish.call).last == back)
        party.send("BYE")
        #expect(await answerBye(device) != nil)
    }

    private func moved(_ leg: LegID, to address: String) -> MediaCommand {
        .remote(
            leg, RemoteAudio(address: address, port: 6004, codec: .pcma, payloadType: 8, dtmfPayloadType: 101))
    }

    @Test func aCallerWhoHoldsUsFromTheStartIsTaken() async throws {
        let hold = TrunkDialog.sdp(port: 6000).replacing("c=IN IP4 127.0.0.1", with: "c=IN IP4 0.0.0.0")
        let caller = try call("23", sdp: hold)
        let device = try await dialog()
        device.reply("486 Busy Here")
        #expect(await caller.receive("SIP/2.0 480") != nil)
        caller.send("ACK")
    }

    @Test func aFollowMeCallRingsUnderOneForwardLessAndBreaksItsLoop() async throws {
        let caller = try call("+498984098723")
        let device = try await dialog()
        #expect(device.invite.line("Max-Forwards") == "69")
        #expect(device.requestURI.hasPrefix("sip:723@"))
        let session = try #require(device.invite.line("Session-ID"))
        // The office phone is diverted to its own number.
        let back = try call("23", more: "Session-ID: \(session)\r\n")
        #expect(await back.receive("SIP/2.0 482") != nil)
        back.send("ACK")
        device.reply("180 Ringing")
        let ringing = try #require(await caller.receive("SIP/2.0 180"))
        #expect(ringing.line("P-Asserted-Identity")?.contains("+498984098723") == true)
        caller.send("CANCEL")
        #expect(await caller.receive("SIP/2.0 487") != nil)
        let cancel = try #require(await device.receive("CANCEL"))
        device.reply("200 OK", to: cancel)
        device.reply("487 Request Terminated")
        #expect(await device.receive("ACK") != nil)
    }

    @Test func aCallToAColleagueComesBackAsHisCall() async throws {
        let players = try stage.players
        let wish = originate(target: "24", .inside)
        _ = try await players.api.request(wish)
        let device = try await dialog()
        device.reply("200 OK", sdp: TrunkDialog.sdp(port: 6002))
        #expect(await device.receive("ACK") != nil)
        let party = try await dialog()
        party.reply("100 Trying")
        #expect(party.requestURI.hasPrefix("sip:24@"))
        // The PBX passes Session-ID on.
        let session = try #require(party.invite.line("Session-ID"))
        let own = try call("23", more: "Session-ID: \(session)\r\n")
        #expect(await own.receive("SIP/2.0 4")?.text.hasPrefix("SIP/2.0 482") == true, "to himself it is a loop")
        own.send("ACK")
        let back = try call("24", more: "Session-ID: \(session)\r\n")
        let phone = try await dialog()
        #expect(phone.requestURI.hasPrefix("sip:724@"), "Ben's phone rings")
        phone.reply("486 Busy Here")
        #expect(await back.receive("SIP/2.0 480") != nil)
        back.send("ACK")
        party.reply("480 Temporarily Unavailable")
        device.send("BYE")
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(players.story(wish.call).last == "ended")
        #expect(try players.last(wish.call)?.party == PartyView(number: "+498984098724", name: "Ben Muster"))
    }

    /// Ben is rung for Anna as for a group: his own fallback, which is Anna, is not used (no circle begins).
    @Test func aFallbackToAColleagueRingsHimAndNeverComesBackAgain() async throws {
        let players = try stage.players
        players.change { directory in
            directory.users[0].fallback = .init(number: "24", reach: .inside)
            directory.users[1].fallback = .init(number: "23", reach: .inside)
        }
        #expect(try await refusal("99", until: "404") == "404")
        try await Task.sleep(for: .seconds(1))  // The changed directory is there by now.
        let caller = try call("23")
        let device = try await dialog()
        device.reply("486 Busy Here")
        let fallback = try await dialog()
        fallback.reply("100 Trying")
        #expect(fallback.requestURI.hasPrefix("sip:24@"))
        let bens = try call("24", more: passedOn(fallback.invite))
        let phone = try await dialog()
        #expect(phone.requestURI.hasPrefix("sip:724@"), "Ben is called, though the diversion names Anna")
        phone.reply("486 Busy Here")
        #expect(await bens.receive("SIP/2.0 480") != nil)
        bens.send("ACK")
        fallback.reply("480 Temporarily Unavailable")
        #expect(await caller.receive("SIP/2.0 480") != nil)
        caller.send("ACK")
        players.change {
            $0.users[0].fallback = nil; $0.users[1].fallback = nil
        }
    }

    /// What a PBX leaves in an INVITE that it routes.
    private func passedOn(_ invite: SIPText) -> String {
        ["Session-ID", "Diversion"].map { "\($0): \(invite.line($0) ?? "")\r\n" }.joined()
    }

    @Test func aPhonesOwnPhraseIsShownToNobody() async throws {
        let players = try stage.players, wish = originate()
        _ = try await players.api.request(wish)
        let device = try await dialog()
        device.reply("486 Busy: 491711234567\u{1b}[2J")
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(try players.phrases(LegID(unchecked: "\(wish.call)-d")).last == "Busy Here")
    }

    // MARK: Refusals

    @Test(arguments: [
        ("+49898409899", TrunkDialog.sdp(port: 6000), "application/sdp", "404"),
        ("23", "<xml/>", "application/xml", "415"),
        ("23", TrunkDialog.sdp(port: 6000, codecs: "18"), "application/sdp", "488"),
        ("23", "garbage", "application/sdp", "488"),
    ])
    func whatCannotBeTakenIsRefused(_ number: String, _ sdp: String, _ type: String, _ status: String) async throws {
        let caller = try call(number, sdp: sdp, type: type)
        #expect(await caller.receive("SIP/2.0 \(status)") != nil)
        caller.send("ACK")
    }

    /// Once a minute at most, so this is the first line of this process.
    @Test func whatTheStackTurnsAwayIsInTheLog() async throws {
        try await stage.house.service("signaling").stop()
        try await stage.house.startService("signaling")
        let child = try stage.house.service("signaling").child
        try stage.trunk.send("INVITE sip:23@127.0.0.1 SIP/2.0\r\nVia: nonsense\r\n\r\n", to: stage.house.sipPort)
        try await eventually { child.logText.contains("turned away") }
        let line = child.logText.split(separator: "\n").first { $0.contains("turned away") } ?? ""
        #expect(line.contains("\"sipMalformed\":\"1\"") && line.contains("\"busDead\":\"0\""), "\(line)")
    }

    @Test func aChangedDirectoryIsUsedAtOnce() async throws {
        let players = try stage.players
        players.change { $0.trunks[0].targets[0].address = "127.0.0.9" }
        var isHeard = true
        for _ in 0..<10 where isHeard {
            isHeard = try await call("99").receive("SIP/2.0 4", seconds: 1) != nil
        }
        #expect(!isHeard, "nobody but trunks may call")
        players.change { $0.trunks[0].targets[0].address = "127.0.0.1" }
        #expect(try await refusal("99", until: "404") == "404")
    }

    /// A trunk that insists on session timers is offered one; it may ask for a longer interval (RFC 4028 §7.3).
    @Test func aTrunkThatInsistsOnSessionTimersIsOfferedOne() async throws {
        let players = try stage.players
        players.change { $0.trunks[0].sessionTimerRequired = true }
        try await Task.sleep(for: .seconds(1))  // The changed directory is there by now.
        let wish = originate()
        _ = try await players.api.request(wish)
        let first = try await dialog()
        #expect(
            first.invite.line("Session-Expires") == "1800" && first.invite.line("Supported")?.contains("timer") == true)
        first.reply("422 Session Interval Too Small", more: "Min-SE: 3600\r\n")
        let device = try await dialog()
        #expect(device.invite.line("Session-Expires") == "3600" && device.invite.line("Min-SE") == "3600")
        device.reply("200 OK", sdp: TrunkDialog.sdp(port: 6002), more: "Require: timer\r\nSession-Expires: 3600\r\n")
        #expect(await device.receive("ACK") != nil)
        let party = try await dialog()
        #expect(party.invite.line("Session-Expires") == "1800", "each leg has its own")
        party.reply("486 Busy Here")
        device.send("BYE")
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(players.story(wish.call).contains("dialing"), "422 was the trunk's word about the interval alone")
        players.change { $0.trunks[0].sessionTimerRequired = false }
        try await Task.sleep(for: .seconds(1))
        let plain = originate()
        _ = try await players.api.request(plain)
        let usual = try await dialog()
        #expect(usual.invite.line("Session-Expires") == nil)
        usual.reply("486 Busy Here")
        try await eventually { players.story(plain.call).last == "ended" }
    }

    /// Calls until the refusal is this one, for 10 s.
    private func refusal(_ number: String, until wanted: String) async throws -> String? {
        var status: String?
        for _ in 0..<100 where status != wanted {
            let caller = try call(number)
            status = await caller.receive("SIP/2.0 4").map { String($0.text.dropFirst(8).prefix(3)) }
            caller.send("ACK")
            if status != wanted { try await Task.sleep(for: .milliseconds(100)) }
        }
        return status
    }

    @Test func withoutALineNothingRings() async throws {
        let players = try stage.players
        let full = Refusal(503, "no-line", "All lines are busy.")
        players.set { $0.noLines = full }
        await #expect(throws: full) { try await players.api.request(originate()) }
        players.set { $0.noLines = nil }
        #expect(try await stage.trunk.receive("INVITE", seconds: 1) == nil)
    }

    @Test func anUnknownUserOrDeviceIsSaidSo() async throws {
        let players = try stage.players
        var wish = originate(device: "fax")
        await #expect(throws: Refusal.self) { try await players.api.request(wish) }
        wish.user = UserID(unchecked: "nobody")
        do { _ = try await players.api.request(wish) } catch { #expect(error.code == "no-such-user") }
    }

    // MARK: Others' failures, and the end

    @Test func lostMediaEndsTheCall() async throws {
        let players = try stage.players, wish = originate()
        let (device, party) = try await talk(wish)
        players.set { $0.forgotten.insert(wish.call) }
        #expect(await answerBye(device) != nil)
        #expect(await answerBye(party) != nil)
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(try players.last(wish.call)?.reason == .serviceFailed)
    }

    @Test func aPortThatIsTakenEndsTheStartWithTheSettingsThatMendIt() async throws {
        let house = try stage.house
        await house.service("signaling").stop()
        var sentence = ""
        do {
            let other = try SIPPeer(port: house.sipPort)
            defer { withExtendedLifetime(other) {} }
            try await house.startService("signaling")
        } catch {
            sentence = "\(error)"
        }
        #expect(sentence.contains("sip.address") && sentence.contains("sip.port"), "\(sentence)")
        try await house.startService("signaling")
    }

    @Test func theEndHangsUpWhatRuns() async throws {
        let players = try stage.players, wish = originate()
        let (device, party) = try await talk(wish)
        async let exit = stage.house.service("signaling").stop()
        #expect(await answerBye(device) != nil)
        #expect(await answerBye(party) != nil)
        #expect(try await exit == .status(0))
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(players.story(wish.call).suffix(3) == ["leg ended", "leg ended", "ended"])
        try await stage.house.startService("signaling")
    }
}
