import BusContract
import Foundation
import Logging
import MediaEngine
import TelephonyModel
import TestSupport
import Testing

private let a = MediaBridge.a, b = MediaBridge.b

extension MediaEngineTests {
    /// Ports, errors, and that nothing is left behind.
    @Suite struct Life {}
}

extension MediaEngineTests.Life {
    static func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    static func threads(_ name: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").filter { task in
            let file = FileManager.default.contents(atPath: "/proc/self/task/\(task)/comm") ?? Data()
            return String(decoding: file, as: UTF8.self) == name + "\n"
        }.count
    }

    @Test func portsArePairsAndFreeAfterClose() throws {
        let bench = try MediaBench()
        let audio = try bench.engine.open([a, b])
        for one in audio {
            #expect(one.port % 2 == 0 && bench.ports.contains(one.port) && one.address == "127.0.0.1")
            #expect(!MediaBench.isFree(one.port) && !MediaBench.isFree(one.port + 1))
        }
        #expect(bench.engine.close([a, b]).map(\.leg) == [a, b])
        for one in audio { #expect(MediaBench.isFree(one.port) && MediaBench.isFree(one.port + 1)) }
        #expect(bench.engine.close([a, b]).isEmpty && bench.engine.counters([a]).isEmpty)
        // What was given back last is used last.
        let ports = audio.map(\.port), next = try bench.open(a).port
        #expect(!ports.contains(next))
    }

    @Test func exhaustedRangeOpensAllOrNone() throws {
        let bench = try MediaBench(pairs: 3)
        _ = try bench.engine.open([a, b])
        let wanted = [LegID(unchecked: "leg-c"), LegID(unchecked: "leg-d")]
        let error = #expect(throws: MediaEngineError.self) { try bench.engine.open(wanted) }
        #expect(error?.kind == .exhausted && error?.message.contains("widen rtp.ports") == true)
        #expect(bench.engine.counters(wanted).isEmpty)
        _ = try bench.open(wanted[0])
        _ = bench.engine.close([a])
        _ = try bench.open(wanted[1])
    }

    @Test func portsOfOthersArePassedOver() throws {
        let bench = try MediaBench(pairs: 3)
        let first = bench.ports.lowerBound
        let rtp = MediaBench.bound(first), rtcp = MediaBench.bound(first + 3)  // One half of each of two pairs.
        try #require(rtp >= 0 && rtcp >= 0)
        #expect(try bench.open(a).port == first + 4)
        #expect(throws: MediaEngineError.self) { try bench.open(b) }
        close(rtp)
        close(rtcp)
        #expect([first, first + 2].contains(try bench.open(b).port))
    }

    @Test func openTwiceIsRefused() throws {
        let bench = try MediaBench()
        let port = try bench.open(a).port
        for legs in [[b, a], [b, b]] {
            let error = #expect(throws: MediaEngineError.self) { try bench.engine.open(legs) }
            #expect(error?.kind == .leg)
        }
        #expect(bench.engine.counters([b]).isEmpty && !MediaBench.isFree(port))
    }

    struct BadCommand: Sendable, CustomTestStringConvertible {
        let testDescription: String, command: MediaCommand, kind: MediaEngineError.Kind, says: String
    }

    @Test(arguments: [
        BadCommand(testDescription: "unknown leg", command: .hear(b, .silence), kind: .leg, says: "leg-b"),
        BadCommand(testDescription: "hear an unknown leg", command: .hear(a, .leg(b)), kind: .leg, says: "leg-b"),
        BadCommand(
            testDescription: "unknown prompt",
            command: .hear(a, .prompt(name: "sing", language: .de, times: 1)), kind: .command, says: "accept, confirm"),
        BadCommand(
            testDescription: "no times", command: .hear(a, .prompt(name: "accept", language: .de, times: 0)),
            kind: .command, says: "1 time"),
        BadCommand(
            testDescription: "a name for an address",
            command: .remote(
                a, RemoteAudio(address: "pbx.example", port: 4, codec: .pcma, payloadType: 8, dtmfPayloadType: nil)),
            kind: .command, says: "no IPv4"),
        BadCommand(
            testDescription: "a payload type over 127",
            command: .remote(
                a, RemoteAudio(address: "127.0.0.1", port: 4, codec: .pcma, payloadType: 8, dtmfPayloadType: 128)),
            kind: .command, says: "0...127"),
        BadCommand(
            testDescription: "a digit that is none", command: .collect(a, id: 1, digits: "1x", timeoutMs: 10),
            kind: .command, says: "\"x\""),
    ])
    func oneBadCommandUndoesAll(_ story: BadCommand) async throws {
        let bench = try MediaBench()
        let phone = try MediaPhone()
        let audio = try bench.open(a)
        let error = #expect(throws: MediaEngineError.self) {
            try bench.engine.apply([.remote(a, phone.remote()), .hear(a, .tone(.busy)), story.command])
        }
        #expect(error?.kind == story.kind && error?.message.contains(story.says) == true)
        try await talk(milliseconds: 60, [(phone, nil, audio)])
        #expect(phone.heard.isEmpty)
    }

    @Test(arguments: [
        ("localhost", UInt16(20_000), "prompts", "rtp.address"), ("192.0.2.1", 20_000, "prompts", "no address of this"),
        ("127.0.0.1", 20_001, "prompts", "no even port"), ("127.0.0.1", 20_000, "nowhere", "prompts"),
    ])
    func wrongSettingIsNamed(address: String, port: UInt16, folder: String, says: String) {
        let error = #expect(throws: MediaEngineError.self) {
            try MediaEngine(
                address: address, ports: port...port + 1, country: "DE",
                promptFolder: folder == "prompts" ? MediaBench.promptFolder : "/nowhere", logger: Logger(label: "x"),
                notice: { _ in })
        }
        #expect(error?.kind == .setting && error?.message.contains(says) == true)
    }

    @Test func manyCallsLeaveNothingBehind() async throws {
        let bench = try MediaBench()
        let phoneA = try MediaPhone(), phoneB = try MediaPhone(.pcmu)
        let before = try Self.openFiles()
        for _ in 0..<100 {
            let audio = try bench.engine.open([a, b])
            try bench.engine.apply([
                .remote(a, phoneA.remote()), .remote(b, phoneB.remote()), .hear(a, .tone(.ringback)),
                .collect(a, id: 1, digits: "1", timeoutMs: 1_000),
            ])
            try bench.engine.apply([.hear(a, .leg(b)), .hear(b, .leg(a))])
            phoneA.speak([Int16](repeating: 100, count: 160), to: audio[0])
            phoneB.speak([Int16](repeating: 100, count: 160), to: audio[1])
            #expect(bench.engine.close([a, b]).count == 2)
        }
        // Other suites of this process open files too, but not as many as a leak of one a call would leave.
        #expect(try Self.openFiles() - before < 50)
        for port in bench.ports { #expect(MediaBench.isFree(port)) }
    }

    @Test func stopEndsThreadsAndClosesAll() async throws {
        let workers = try Self.threads("media-worker")
        let bench = try MediaBench()
        let port = try bench.engine.open([a, b])[0].port
        // A thread gives itself its name when it first runs.
        for _ in 0..<500 where try Self.threads("media-worker") == workers {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try Self.threads("media-worker") == workers + 1)
        bench.engine.stop()
        bench.engine.stop()
        // The kernel lists a thread for a moment after it was joined.
        #expect(
            try await eventually {
                try Self.threads("media-worker") == workers && Self.threads("media-notices") == workers
            })
        #expect(MediaBench.isFree(port))
        let error = #expect(throws: MediaEngineError.self) { try bench.engine.open([a]) }
        #expect(error?.kind == .stopped)
        #expect(bench.engine.close([a]).isEmpty && bench.engine.counters([a]).isEmpty)
    }

    @Test func manyEnginesLeaveNothingBehind() throws {
        let before = try Self.openFiles()
        for _ in 0..<50 {
            let bench = try MediaBench()
            #expect(try bench.engine.open([a, b]).count == 2)
        }
        #expect(try Self.openFiles() - before < 25)
    }

    /// The worker wakes by absolute deadlines: a phone gets 50 packets a second, also when this machine is busy.
    @Test func tickKeepsTheClock() async throws {
        let bench = try MediaBench()
        let phone = try MediaPhone()
        let audio = try bench.open(a)
        let start = ContinuousClock.now
        try bench.engine.apply([.remote(a, phone.remote())])
        try await talk(milliseconds: 2_000, [(phone, nil, audio)])
        let frames = Int((ContinuousClock.now - start) / .milliseconds(20))
        #expect((frames * 8 / 10...frames + 5).contains(phone.heard.count) && phone.isUnbroken)
    }
}
