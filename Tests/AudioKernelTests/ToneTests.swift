import AudioKernel
import Codecs
import Testing
import TelephonyModel

/// The on and off times of a cadence and its pitches, as ITU-T E.180 Supplement 2 lists them.
struct National: Sendable, CustomTestStringConvertible {
    let country: String, tone: Tone, hertz: [Int], milliseconds: [Int]
    var testDescription: String { "\(country) \(tone.rawValue)" }
}

private let nationals = [
    National(country: "DE", tone: .ringback, hertz: [425], milliseconds: [1_000, 4_000]),
    National(country: "DE", tone: .busy, hertz: [425], milliseconds: [480, 480]),
    National(country: "DE", tone: .congestion, hertz: [425], milliseconds: [240, 240]),
    National(country: "AT", tone: .ringback, hertz: [420], milliseconds: [1_000, 5_000]),
    National(country: "AT", tone: .busy, hertz: [420], milliseconds: [400, 400]),
    National(country: "CH", tone: .busy, hertz: [425], milliseconds: [500, 500]),
    National(country: "CH", tone: .congestion, hertz: [425], milliseconds: [200, 200]),
    National(country: "FR", tone: .ringback, hertz: [440], milliseconds: [1_500, 3_500]),
    National(country: "FR", tone: .busy, hertz: [440], milliseconds: [500, 500]),
    National(country: "GB", tone: .ringback, hertz: [400, 450], milliseconds: [400, 200, 400, 2_000]),
    National(country: "GB", tone: .busy, hertz: [400], milliseconds: [375, 375]),
    National(country: "US", tone: .ringback, hertz: [440, 480], milliseconds: [2_000, 4_000]),
    National(country: "US", tone: .busy, hertz: [480, 620], milliseconds: [500, 500]),
]

@Test(arguments: nationals) func tonesAreThoseOfTheCountry(_ national: National) {
    let cadence = ToneTable.cadence(national.tone, country: national.country)
    #expect(cadence.beats.map(\.milliseconds) == national.milliseconds)
    #expect(cadence.beats.map(\.hertz) == national.milliseconds.indices.map { $0 % 2 == 0 ? national.hertz : [] })
}

@Test func unknownCountryGetsGermanTones() {
    for tone in Tone.allCases {
        #expect(ToneTable.cadence(tone, country: "XX") == ToneTable.cadence(tone, country: "DE"))
        #expect(ToneTable.cadence(tone, country: "gb") == ToneTable.cadence(tone, country: "GB"))
        #expect(ToneTable.cadence(tone, country: "GB") != ToneTable.cadence(tone, country: "DE"))
    }
}

/// Each tone of each country, heard through G.711: its pitches alone while on, silence while off, no seam in the loop.
@Test(arguments: ToneTable.countries, Tone.allCases) func loopIsTheCadence(country: String, tone: Tone) {
    let cadence = ToneTable.cadence(tone, country: country)
    let samples = G711.decode(G711.encode(ToneGenerator.loop(cadence), as: .pcma), from: .pcma)
    #expect(samples.count % AudioFrame.samples == 0 && samples.count == cadence.samples * cadence.roundsInLoop)
    var start = 0
    for _ in 0..<cadence.roundsInLoop {
        for beat in cadence.beats {
            let heard = samples[start..<start + beat.samples]
            start += beat.samples
            guard !beat.hertz.isEmpty else {
                #expect(Goertzel.loudness(of: heard) < 10)
                continue
            }
            let shares = beat.hertz.map { Goertzel.share(of: Double($0), in: heard) }
            #expect(shares.reduce(0, +) > 0.97)
            #expect(shares.allSatisfy { $0 > 0.9 / Double(beat.hertz.count) })
            // -10 dBm0 is 13.14 dB under the overload point's sine (3.14 dBm0).
            let decibels = 20 * (Goertzel.loudness(of: heard) / 5_000).logarithm10
            #expect(abs(decibels) < 3)
        }
    }
}

extension Double {
    /// Base-10 logarithm near 1, by its series: enough for a level in dB.
    fileprivate var logarithm10: Double {
        let ratio = (self - 1) / (self + 1)
        return 2 * (ratio + ratio * ratio * ratio / 3) / 2.302585092994046
    }
}

@Test func goertzelTellsPitchesApart() {
    let tone = ToneGenerator.loop(Cadence([425], [(1_000, 0)]))
    #expect(Goertzel.share(of: 425, in: tone) > 0.99)
    #expect(Goertzel.share(of: 440, in: tone) < 0.01)
    #expect(Goertzel.share(of: 425, in: [Int16](repeating: 0, count: 800)) == 0)
    var random = SystemRandomNumberGenerator()
    let noise = (0..<8_000).map { _ in Int16.random(in: -5_000...5_000, using: &random) }
    #expect(Goertzel.share(of: 425, in: noise) < 0.05)
}
