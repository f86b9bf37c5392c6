import AudioKernel
import BusContract
import Codecs
import Foundation
import MediaEngine
import TelephonyModel
import Testing

private let leg = MediaBridge.a

extension MediaEngineTests {
    /// Tones and prompts as a phone hears them.
    @Suite struct Sounds {}
}

extension MediaEngineTests.Sounds {
    struct Progress: Sendable, CustomTestStringConvertible {
        let country: String, tone: Tone, codec: Codec, hertz: [Double]
        var testDescription: String { "\(country) \(tone.rawValue) \(codec.rawValue)" }
    }

    @Test(arguments: [
        Progress(country: "DE", tone: .ringback, codec: .pcma, hertz: [425]),
        Progress(country: "DE", tone: .busy, codec: .pcmu, hertz: [425]),
        Progress(country: "GB", tone: .ringback, codec: .pcma, hertz: [400, 450]),
        Progress(country: "US", tone: .congestion, codec: .pcmu, hertz: [480, 620]),
    ])
    func toneHasItsPitchInTheLegsCodec(_ progress: Progress) async throws {
        let bench = try MediaBench(country: progress.country)
        let phone = try MediaPhone(progress.codec)
        let audio = try bench.open(leg)
        try bench.engine.apply([.remote(leg, phone.remote()), .hear(leg, .tone(progress.tone))])
        try await talk(milliseconds: 1_040, [(phone, nil, audio)])
        let beat = phone.loudSamples.prefix(1_600)
        for hertz in progress.hertz {
            #expect(Goertzel.share(of: hertz, in: beat) > 0.9 / Double(progress.hertz.count))
        }
        #expect(phone.isUnbroken)
        #expect(phone.heard.allSatisfy { $0.payload.count == 160 })
    }

    @Test(arguments: Language.allCases) func promptIsHeardWhole(language: Language) async throws {
        let bench = try MediaBench()
        let phone = try MediaPhone()
        let audio = try bench.open(leg)
        let prompt = AudioSource.prompt(name: "confirm", language: language, times: 2)
        try bench.engine.apply([.remote(leg, phone.remote()), .hear(leg, prompt)])
        let file = try Data(contentsOf: URL(filePath: "\(MediaBench.promptFolder)/\(language.rawValue)/confirm.wav"))
        let once = G711.encode(try WAVFile.samples(of: [UInt8](file)), as: .pcma)
        let frames = AudioFrame.count(holding: once.count)
        let padded = once + [UInt8](repeating: 0xD5, count: frames * 160 - once.count)
        try await talk(milliseconds: frames * 40 + 300, [(phone, nil, audio)])
        let heard = phone.heard.flatMap(\.payload)
        let start = try #require(heard.indices.first { heard[$0...].starts(with: padded.prefix(320)) })
        #expect(heard[start...].starts(with: padded + padded))
        #expect(heard[(start + 2 * padded.count)...].allSatisfy { $0 == 0xD5 })
        #expect(phone.isUnbroken)
    }

    @Test func aReplacedPromptStops() async throws {
        let bench = try MediaBench()
        let phone = try MediaPhone()
        let audio = try bench.open(leg)
        let prompt = AudioSource.prompt(name: "confirm", language: .en, times: 1)
        try bench.engine.apply([.remote(leg, phone.remote()), .hear(leg, prompt)])
        try await talk(milliseconds: 200, [(phone, nil, audio)])
        try bench.engine.apply([.hear(leg, .silence)])
        try await talk(milliseconds: 2_500, [(phone, nil, audio)])
        #expect(phone.isUnbroken)
        #expect(phone.loudSamples.count < 8_000)
    }

    /// Silence, tone, other leg, prompt, silence: to the phone it is one stream, with a marker where talk begins.
    @Test func changesOfSourceLeaveOneStream() async throws {
        let bridge = try MediaBridge(isJoined: false)
        let sources: [AudioSource] = [
            .tone(.busy), .leg(MediaBridge.b), .prompt(name: "accept", language: .de, times: 1), .leg(MediaBridge.b),
            .silence,
        ]
        for source in sources {
            try bridge.bench.engine.apply([.hear(leg, source)])
            try await talk(
                milliseconds: 200, [(bridge.phoneA, nil, bridge.audioA), (bridge.phoneB, 900, bridge.audioB)])
        }
        #expect(bridge.phoneA.isUnbroken)
        let markers = bridge.phoneA.heard.filter(\.header.marker).count
        #expect(markers == 5)  // The first packet, and four changes between own sound and the other leg.
        let first = bridge.phoneA.heard[0].header.timestamp
        let last = try #require(bridge.phoneA.heard.last).header.timestamp
        // Time went on as the clock did: about 1.2 s.
        #expect((8_000...14_000).contains(Int(last &- first)))
    }
}
