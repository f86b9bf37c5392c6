import AudioKernel
import Codecs
import Foundation
import LocalHouse
import TelephonyModel
import Testing

/// Tones that phones speak, and what of them is in a recording.
enum Sound {
    static func write(_ path: String, hertz: Double, seconds: Int) throws {
        let rate = Double(AudioFrame.sampleRate)
        let samples = (0..<(seconds * AudioFrame.sampleRate)).map { index in
            Int16(8_000 * sin(2 * Double.pi * hertz * Double(index) / rate))
        }
        try Data(WAVFile.bytes(of: samples)).write(to: URL(filePath: path))
    }

    /// Samples of a recording; it is complete when the phone has closed the call.
    static func recording(_ path: String) throws -> [Int16] {
        try WAVFile.samples(of: [UInt8](Data(contentsOf: URL(filePath: path))))
    }

    /// Whether `hertz` makes up most of any half second of `samples`.
    static func holds(_ samples: [Int16], _ hertz: Double) -> Bool {
        let window = AudioFrame.sampleRate / 2
        return stride(from: 0, through: samples.count - window, by: window / 4).contains { start in
            let part = samples[start..<(start + window)]
            return Goertzel.loudness(of: part) > 500 && Goertzel.share(of: hertz, in: part) > 0.8
        }
    }
}

extension Sound {
    /// The samples of each sound between two silences, in steps of 20 ms.
    static func bursts(_ samples: [Int16]) -> [ArraySlice<Int16>] {
        let frames = stride(from: 0, through: samples.count - AudioFrame.samples, by: AudioFrame.samples)
        let loud = frames.filter { Goertzel.loudness(of: samples[$0..<($0 + AudioFrame.samples)]) > 500 }
        return loud.reduce(into: []) { bursts, start in
            if let last = bursts.last, last.endIndex == start {
                bursts[bursts.count - 1] = samples[last.startIndex..<(start + AudioFrame.samples)]
            } else {
                bursts.append(samples[start..<(start + AudioFrame.samples)])
            }
        }
    }
}

/// The last that the phone heard was this tone of the office's country, told by cadence and pitch. The very last of its
/// bursts may be cut short.
func expectTone(_ phone: BaresipPhone, _ tone: Tone, at place: SourceLocation = #_sourceLocation) async throws {
    try await expectHeard(phone, [], at: place)
    let path = try #require(phone.recordings.last, sourceLocation: place)
    let last = Sound.bursts(try Sound.recording(path)).suffix(3)
    let expected = tone == .busy ? 480 : 240
    let whole = last.filter { abs($0.count / 8 - expected) <= 40 }
    #expect(whole.count >= 2, "bursts of \(last.map { $0.count / 8 }) ms", sourceLocation: place)
    for burst in whole {
        #expect(Goertzel.share(of: Pitch.progress, in: burst.dropFirst(400).prefix(800)) > 0.8, sourceLocation: place)
    }
}

/// The phone heard each of these pitches for at least half a second in its last call, and none of the others.
func expectHeard(
    _ phone: BaresipPhone, _ pitches: [Double], never others: [Double] = [],
    at place: SourceLocation = #_sourceLocation
) async throws {
    // The file is closed a moment after the call.
    try await Task.sleep(for: .milliseconds(300))
    let path = try #require(phone.recordings.last, "\(phone.name) has heard nothing", sourceLocation: place)
    let samples = try Sound.recording(path)
    for pitch in pitches {
        let was = Sound.holds(samples, pitch)
        #expect(was, "\(phone.name) never heard \(pitch) Hz in \(samples.count / 8) ms", sourceLocation: place)
    }
    for pitch in others {
        let was = Sound.holds(samples, pitch)
        #expect(!was, "\(phone.name) heard \(pitch) Hz", sourceLocation: place)
    }
}
