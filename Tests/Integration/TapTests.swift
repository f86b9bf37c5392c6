import BusContract
import Foundation
import LocalHouse
import TelephonyModel
import TestSupport
import Testing

@testable import BusClient

// rufbus-tap as a process, beside calls that are told on the bus. It shares the stage of the media service.
extension MediaServiceTests {
    @Test func theTapDrawsACallAsALadder() async throws {
        let tap = try await Tap("ladder", [], house.broker, in: house.folder)
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
        let tap = try await Tap("json", ["--json", "--call", talk.call.rawValue], house.broker, in: house.folder)
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

    @Test(arguments: [
        ["--call"], ["--call", "No Id"], ["--colour"], ["--raw", "--json"], ["--key", "call.#"], ["--dead"],
        ["--raw", "--key", ""],
    ])
    func theTapRefusesWhatItDoesNotKnow(_ arguments: [String]) async throws {
        let tap = try Child("usage", try Build.executable("rufbus-tap"), arguments, folder: house.folder.path)
        #expect(await tap.wait(limit: .seconds(10)) == .status(64))
        #expect(arguments.contains { $0.hasPrefix("--") && tap.logText.contains($0) })
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

// `--raw`, against the broker alone.
extension BusTests {
    @Suite struct RawTap {
        private let folder: LocalFolder

        init() throws { folder = try LocalFolder("tap") }

        @Test func eachMessageIsPrintedAsItCame() async throws {
            let tap = try await Tap("raw", ["--raw"], BusStage.broker, in: folder)
            let (signaling, admin) = (BusStage.bus("signaling"), try BusStage.link("admin"))
            let journal = BusStage.bus("journal")
            try await journal.open()
            try await signaling.open()
            try await signaling.publishConfirmed(TestFact(number: 1))
            let odd = "{\r\n  \"half\": 0.50, \"half\": \"\\u00bd\"\n}"
            try admin.sendRaw(odd, to: Topology.events, key: "leg.x.odd \"key\"")
            try admin.sendRaw("{ no JSON", to: Topology.events, key: "leg.x.odd.anna")
            try await eventually { tap.lines.contains { $0.contains("base64") } }
            let lines = try tap.lines.map { (text: $0, json: try json($0)) }
            let event = try #require(lines.first { $0.text.contains(TestFact.type) })
            #expect(
                event.json["exchange"] == .string(Topology.events) && event.json["key"]?.text == TestFact(number: 1).key
            )
            #expect(event.json["message"]?.object["source"]?.text == signaling.source)
            let head = #"{"exchange":"rufbus.events","key":"leg.x.odd"#
            #expect(lines.contains { $0.text == head + #" \"key\"","message":{    "half": 0.50, "half": "\u00bd" }}"# })
            #expect(lines.contains { $0.text == head + #".anna","base64":"eyBubyBKU09O"}"# })
            // What shows, at connect, that queues are fed, is a message too.
            #expect(lines.contains { $0.text.contains(Probe.type) })
            try await close(tap, signaling, journal)
        }

        /// Arguments, and the keys that are printed. The last one is sent last: what is not there by then never comes.
        @Test(arguments: [
            (["--key", "call.#"], ["call.0.started.anna.c1", "call.1.ended.bert.c2", "call.last"]),
            (
                ["--key", "*.*.*.bert.#", "--key", "user.#"],
                ["call.1.ended.bert.c2", "leg.x.message.bert.c2", "user.x.status.anna", "user.last"]
            ),
            (["--call", "c1"], ["call.0.started.anna.c1", "last.c1"]),
            (["--dead"], ["dead.signaling.a1", "dead.last"]),
            (["--dead", "--key", "dead.media.#"], ["dead.media.last"]),
        ])
        func filtersByKeyAndByCall(_ arguments: [String], _ printed: [String]) async throws {
            let tap = try await Tap("filter", ["--raw"] + arguments, BusStage.broker, in: folder)
            let admin = try BusStage.link("admin")
            let last = try #require(printed.last)
            let sent = [
                "call.0.started.anna.c1", "call.1.ended.bert.c2", "leg.x.message.bert.c2", "user.x.status.anna",
            ]
            for key in sent + [last] { try admin.sendRaw(envelope(of: key), to: Topology.events, key: key) }
            for key in ["dead.signaling.a1", last] {
                try admin.sendRaw(envelope(of: key), to: Topology.dead, key: key)
            }
            try await eventually { tap.lines.contains { $0.contains(last) } }
            #expect(try tap.lines.compactMap { try json($0)["key"]?.text } == printed)
            try await close(tap)
        }

        /// Nobody reads what it prints: who publishes does not feel it, and what was missed is said.
        @Test func whatIsMissedIsSaidAndSlowsNobody() async throws {
            let pipe = try SlowReader(in: folder)
            let tap = try await Tap(
                "slow", ["--raw", "--key", "call.#", "--key", "leg.#"], BusStage.broker, in: folder, output: pipe.path)
            let (signaling, journal) = (BusStage.bus("signaling"), BusStage.bus("journal"))
            try await journal.open()
            try await signaling.open()
            let count = 12_000
            let confirmed = Inbox<Bool>()
            for number in 1...count { signaling.publish(TestFact(number: number)) { confirmed.add($0) } }
            #expect(try await confirmed.wait(for: count, limit: .seconds(30)).count == count)
            // Two numbers that nobody ever used.
            try await signaling.publishConfirmed(TestFact(number: count + 3))
            let lines = try await pipe.lines(until: { $0.contains("\"sequence\":\(count + 3)") })
            let gaps = try lines.filter { $0.hasPrefix(#"{"gap":"#) }.compactMap { try json($0)["gap"]?.object }
            let shown = lines.filter { $0.contains(TestFact.type) }.count
            let missing = gaps.compactMap { $0["messages"]?.number }
            #expect(shown > 9_000 && shown < count, "\(shown) were shown")
            #expect(Int64(shown) + missing.reduce(0, +) == Int64(count + 3))
            #expect(gaps.contains { $0["call"]?.text == "call-1" && $0["messages"]?.number == 2 })
            try await close(tap, signaling, journal)
        }

        @Test func aLostConnectionIsSaid() async throws {
            let tap = try await Tap("lost", ["--raw"], BusStage.broker, in: folder)
            try await BusStage.broker.control(["close_all_connections", "-p", Topology.virtualHost, "by a test"])
            try await eventually { tap.lines.contains { $0.contains("was lost") } }
            try BusStage.link("admin").sendRaw("{}", to: Topology.events, key: "after")
            try await eventually { tap.lines.count == 2 }
            let (gap, message) = (try json(try #require(tap.lines.first)), try #require(tap.lines.last))
            #expect(gap["gap"]?.object["why"]?.text?.contains("nothing was heard") == true)
            #expect(message == #"{"exchange":"rufbus.events","key":"after","message":{}}"#)
            try await close(tap)
        }

        private func envelope(of key: String) -> String {
            let call =
                key.hasSuffix("c1") ? #""seat":"anna","call":"c1","conversation":"c1","epoch":1,"sequence":1,"# : ""
            return #"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"t",\#(call)"data":{}}"#
        }

        private func json(_ line: String) throws -> [String: JSONValue] {
            try JSONDecoder().decode([String: JSONValue].self, from: Data(line.utf8))
        }

        private func close(_ tap: Tap, _ buses: Bus...) async throws {
            #expect(await tap.child.stop() == .status(0), "\(tap.child.logTail())")
            for bus in buses { await bus.close() }
            try folder.remove()
        }
    }
}

extension JSONValue {
    fileprivate var text: String? { if case .string(let text) = self { text } else { nil } }
    fileprivate var number: Int64? { if case .integer(let number) = self { number } else { nil } }
    fileprivate var object: [String: JSONValue] { if case .object(let fields) = self { fields } else { [:] } }
}

/// A pipe that is read when we say so; its writer blocks while 64 KiB wait.
private final class SlowReader: Sendable {
    let path: String
    private let descriptor: Int32

    init(in folder: LocalFolder) throws {
        path = folder.path + "/pipe"
        let isMade = mkfifo(path, 0o600) == 0
        // For both directions, so that no side waits for the other to open it.
        descriptor = isMade ? open(path, O_RDWR | O_NONBLOCK) : -1
        guard descriptor >= 0 else { throw POSIXError(.ENOENT) }
    }

    deinit { Foundation.close(descriptor) }

    /// Reads until there is a line of this kind, for 20 s at most.
    func lines(until isLast: (Substring) -> Bool) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(20)
        var (bytes, seen) = ([UInt8](), 0)
        var block = [UInt8](repeating: 0, count: 65_536)
        while ContinuousClock.now < end {
            let count = read(descriptor, &block, block.count)
            if count > 0 { bytes += block[..<count] } else { try await Task.sleep(for: .milliseconds(5)) }
            let fresh = bytes[seen...].split(separator: 10, omittingEmptySubsequences: false).dropLast()
            seen = (bytes.lastIndex(of: 10) ?? -1) + 1
            if fresh.contains(where: { isLast(Substring(decoding: $0, as: UTF8.self)) }) { break }
        }
        return String(decoding: bytes[..<seen], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// A running tap and what it has printed.
private struct Tap {
    let child: Child
    private let output: String

    init(_ name: String, _ options: [String], _ broker: Broker, in folder: LocalFolder, output: String? = nil)
        async throws
    {
        let file = "\(folder.path)/tap-\(name).yaml"
        try writeFile(file, "bus:\n  url: \(broker.url(for: "tap"))\n")
        self.output = output ?? "\(folder.path)/tap-\(name).txt"
        let child = try Child(
            "tap-\(name)", try Build.executable("rufbus-tap"), ["--config", file] + options, folder: folder.path,
            output: self.output)
        try await child.waitUntil("ready", limit: .seconds(10)) { child.logText.contains("\"ready\"") }
        self.child = child
    }

    var lines: [String] {
        let text = FileManager.default.contents(atPath: output).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
