import BusClient
import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import Testing

// rufbus-tap as a process, beside calls that are told on the bus. It shares the stage of the media service.
extension MediaServiceTests {
    @Test func theTapDrawsACallAsALadder() async throws {
        let tap = try await Tap("ladder", [], house)
        let talk = try MediaTalk(owner)
        try await tell(talk)
        let isDrawn = try await owner.sees { tap.lines.contains { $0.contains("call.ended") } }
        #expect(isDrawn, "\(tap.child.logTail())")
        #expect(await tap.child.stop() == .status(0))
        let lines = tap.lines
        #expect(lines.allSatisfy { $0.count <= 100 && !$0.contains("\u{1B}") }, "no colours in a file")
        #expect(lines.first?.contains("call \(talk.call), outgoing, started 20") == true)
        let rungs = lines.dropFirst(3).map { String($0.drop { $0 != "|" }) }
        // Media has a connection of its own: its notes may stand a little earlier or later.
        // Opened, joined, and two legs measured.
        #expect(rungs.filter { $0.contains("~ media.") }.count == 4)
        #expect(
            rungs.filter { !$0.contains("~ media.") } == [
                "|................................. call.started ..................................|",
                "|<------------ INVITE (SDP) -------------|                                        |",
                "|------------ 200 OK (SDP) ------------->|                                        |",
                "|.............. call.ended: completed by user. The call took place. ..............|",
            ])
    }

    @Test func theTapPrintsTheEventsOfOneCallAsJSON() async throws {
        let (talk, other) = (try MediaTalk(owner), try MediaTalk(owner))
        let tap = try await Tap("json", ["--json", "--call", talk.call.rawValue], house)
        try await tell(other)
        try await tell(talk)
        #expect(try await owner.sees { tap.lines.contains { $0.contains("rufbus.call.ended.v1") } })
        await tap.child.stop()
        let events = try tap.lines.map {
            try JSONDecoder().decode(Envelope<AnyPayload>.self, from: Data($0.utf8))
        }
        #expect(events.allSatisfy { $0.position?.call == talk.call })
        let types = Set(events.map(\.type))
        let wanted = ["call.started", "leg.message", "media.opened", "media.ended", "call.ended"]
        #expect(types.isSuperset(of: wanted.map { "rufbus.\($0).v1" }))
    }

    @Test(arguments: [["--call"], ["--call", "No Id"], ["--colour"]])
    func theTapRefusesWhatItDoesNotKnow(_ arguments: [String]) async throws {
        let tap = try Child("usage", try Build.executable("rufbus-tap"), arguments, folder: house.folder.path)
        #expect(await tap.wait(limit: .seconds(10)) == .status(64))
        #expect(tap.logText.contains("--call") || tap.logText.contains("--colour"))
    }

    /// What signaling and media say of a short call.
    private func tell(_ talk: MediaTalk) async throws {
        let start = Timestamp.now()
        publish(talk, .started, .started, from: start)
        let media = try await talk.open()
        message(talk, LegMessage(leg: talk.legs[0], role: .device, way: .sent, method: "INVITE", hasSDP: true))
        message(
            talk,
            LegMessage(
                leg: talk.legs[0], role: .device, way: .received, method: "INVITE", status: 200, phrase: "OK",
                hasSDP: true))
        try await talk.command(talk.join, media.instance)
        try await talk.close(media.instance)
        _ = try await owner.sees { owner.facts(talk.call).count == 3 }
        publish(talk, .ended, .ended, .completed, from: start)
    }

    private func publish(
        _ talk: MediaTalk, _ what: CallWhat, _ phase: CallPhase, _ reason: EndReason? = nil, from start: String
    ) {
        let legs = zip(talk.legs, [LegRole.device, .party]).map {
            LegView(leg: $0, role: $1, trunk: TrunkID(unchecked: "pbx"), phase: .calling)
        }
        let state = CallState(
            call: talk.call, user: talk.seat, conversation: talk.call, direction: .outgoing, phase: phase,
            officeNumber: "+498984098723", party: PartyView(number: "+49301234567"), legs: legs, startedAt: start,
            since: start, reason: reason, endedBy: reason.map { _ in .user })
        let key = RoutingKey.call(what, talk.seat, talk.call)
        owner.bus.publish(state, type: what.type, key: key, position: talk.position(), durable: true)
    }

    private func message(_ talk: MediaTalk, _ message: LegMessage) {
        let key = RoutingKey.leg(.message, talk.seat, talk.call)
        owner.bus.publish(message, type: LegWhat.message.type, key: key, position: talk.position(), durable: false)
    }
}

/// A running tap and what it has printed.
private struct Tap {
    let child: Child
    private let output: String

    init(_ name: String, _ options: [String], _ house: House) async throws {
        let folder = house.folder.path
        let file = "\(folder)/tap-\(name).yaml"
        try writeFile(file, "bus:\n  url: \(house.broker.url(for: "tap"))\n")
        output = "\(folder)/tap-\(name).txt"
        let child = try Child(
            "tap-\(name)", try Build.executable("rufbus-tap"), ["--config", file] + options, folder: folder,
            output: output)
        try await child.waitUntil("ready", limit: .seconds(10)) { child.logText.contains("\"ready\"") }
        self.child = child
    }

    var lines: [String] {
        let text = FileManager.default.contents(atPath: output).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
