import BusClient
import BusContract
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

/// 3xx on the wire: whom we call instead, and whom we do not (RFC 3261 §8.1.3.4).
@Suite(SignalingStage(), .serialized) struct SignalingRedirectionTests {
    private var stage: SignalingStage.Set { get throws { try #require(SignalingStage.current) } }

    private func dialog() async throws -> TrunkDialog {
        try #require(await TrunkDialog(calledAt: stage.trunk, office: stage.house.sipPort), "no INVITE came")
    }

    /// Anna's office phone is there; the INVITE to her target has come.
    private func dial(_ target: String, _ reach: Reach) async throws -> (Originate, TrunkDialog, TrunkDialog) {
        let wish = Originate(
            call: CallID(unchecked: uuid7()), user: SignalingPlayers.anna, target: target, targetReach: reach,
            device: DeviceID(unchecked: "office"))
        _ = try await stage.players.api.request(wish)
        let device = try await dialog()
        device.reply("200 OK", sdp: TrunkDialog.sdp(port: 6002))
        #expect(await device.receive("ACK") != nil)
        return (wish, device, try await dialog())
    }

    private func contacts(_ contacts: String...) -> String { contacts.map { "Contact: \($0)\r\n" }.joined() }

    /// Anna hangs up.
    private func end(_ wish: Originate, _ device: TrunkDialog) async throws {
        let players = try stage.players
        device.send("BYE")
        #expect(await device.receive("SIP/2.0 200") != nil)
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(players.story(wish.call).last == "ended")
    }

    struct Way: Sendable, CustomTestStringConvertible {
        let testDescription: String, target: String, reach: Reach, contacts: String, dialled: String
        init(_ name: String, _ target: String, _ reach: Reach, _ dialled: String, at contacts: String...) {
            (testDescription, self.target, self.reach, self.dialled) = (name, target, reach, dialled)
            self.contacts = contacts.map { "Contact: \($0)\r\n" }.joined()
        }
    }
    private static let followed = [
        Way("a colleague's extension", "29", .inside, "24", at: "<sip:24@127.0.0.1>"),
        Way("a colleague's office number is called inside", "29", .inside, "24", at: "<sip:+498984098724@pbx.test>"),
        Way("an outside party's other number", "+498912345678", .outside, "0004930555", at: "<tel:+49-30-555>"),
        Way(
            "the heaviest that is a number", "+498912345678", .outside, "00033140000000",
            at: "<sip:+4930555@127.0.0.1>;q=0.2, <sip:alice@127.0.0.1>;q=0.9", "<sip:0033140000000@127.0.0.1>;q=0.5"),
    ]

    @Test(arguments: followed) func aTargetIsCalledWhereItSendsUs(_ way: Way) async throws {
        let (wish, device, party) = try await dial(way.target, way.reach)
        party.reply("302 Moved Temporarily", more: way.contacts)
        #expect(await party.receive("ACK") != nil)
        let moved = try await dialog()
        #expect(moved.requestURI.hasPrefix("sip:\(way.dialled)@127.0.0.1:"), "\(moved.requestURI)")
        #expect(moved.invite.line("From")?.contains("sip:+498984098723@") == true)
        moved.reply("200 OK", sdp: TrunkDialog.sdp(port: 6004))
        #expect(await moved.receive("ACK") != nil)
        let players = try stage.players
        try await eventually { players.story(wish.call).contains("answered") }
        moved.send("BYE")
        #expect(await moved.receive("SIP/2.0 200") != nil)
        let bye = try #require(await device.receive("BYE"))
        device.reply("200 OK", to: bye)
        try await eventually { players.story(wish.call).last == "ended" }
        #expect(players.story(wish.call).contains("answered") && players.story(wish.call).last == "ended")
    }

    private static let refused = [
        Way("from inside to outside, at our expense", "29", .inside, "", at: "<sip:+4930555@127.0.0.1>"),
        Way("to itself", "29", .inside, "", at: "<sip:29@127.0.0.1>"),
        Way("to the user who calls", "29", .inside, "", at: "<sip:23@127.0.0.1>, <sip:+498984098723@127.0.0.1>"),
        Way("to an emergency number", "+498912345678", .outside, "", at: "<sip:112@127.0.0.1>", "<tel:0112>"),
        Way(
            "to a name, a page and no URI at all", "+498912345678", .outside, "", at: "<http://x/030>", "<sip:x@y>",
            "30"),
        Way("to nobody", "+498912345678", .outside, ""),
    ]

    @Test(arguments: refused) func aTargetThatSendsUsWhereWeDoNotCallHasFailed(_ way: Way) async throws {
        let (wish, device, party) = try await dial(way.target, way.reach)
        party.reply("302 Moved Temporarily", more: way.contacts)
        #expect(await party.receive("ACK") != nil)
        #expect(try await stage.trunk.receive("INVITE", seconds: 1) == nil)
        try await end(wish, device)
        #expect(try stage.players.last(wish.call)?.reason == .partyUnreachable)
    }

    @Test func twoThatSendUsToEachOtherAreNoCircle() async throws {
        let (wish, device, party) = try await dial("29", .inside)
        party.reply("302 Moved Temporarily", more: contacts("<sip:24@127.0.0.1>"))
        let moved = try await dialog()
        moved.reply("302 Moved Temporarily", more: contacts("<sip:29@127.0.0.1>", "<sip:25@127.0.0.1>"))
        #expect(await moved.receive("ACK") != nil)
        #expect(try await stage.trunk.receive("INVITE", seconds: 1) == nil)
        try await end(wish, device)
    }

    /// He is not there; who is, is none of his phones. His caller goes where he has said himself.
    @Test(arguments: ["<sip:24@127.0.0.1>", "<sip:+4930555@127.0.0.1>", "<sip:23@127.0.0.1>", "<sip:x>", "garbage"])
    func aPhoneOfTheUsersThatSendsItsCallsOnIsNotFollowed(_ contact: String) async throws {
        let caller = TrunkDialog(calling: "23", from: try stage.trunk, office: try stage.house.sipPort)
        let device = try await dialog()
        device.reply("302 Moved Temporarily", more: contacts(contact))
        #expect(await device.receive("ACK") != nil)
        #expect(await caller.receive("SIP/2.0 480") != nil)
        caller.send("ACK")
        #expect(try await stage.trunk.receive("INVITE", seconds: 1) == nil)
    }

    /// Once a minute at most, so this is the first line of this process.
    @Test func nowhereToGoIsCounted() async throws {
        try await stage.house.service("signaling").stop()
        try await stage.house.startService("signaling")
        let (wish, device, party) = try await dial("29", .inside)
        party.reply("302 Moved Temporarily", more: contacts("<http://x/030>"))
        try await end(wish, device)
        let child = try stage.house.service("signaling").child
        try await eventually { child.logText.contains("turned away") }
        #expect(child.logText.contains("\"nowhereToGo\":\"1\""))
    }
}
