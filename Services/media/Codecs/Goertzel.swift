import AudioKernel
import Glibc

/// How much of a sound is one pitch: tells tones apart, in tests of what a phone heard.
public enum Goertzel {
    /// The share of the power of `samples` (8 kHz) that lies at `hertz`, 0...1: 1 for a pure tone, 0.5 for each of two
    /// equal ones, nearly 0 for silence and speech. Bandwidth is 8000 / samples.count Hz.
    public static func share(of hertz: Double, in samples: some Collection<Int16>) -> Double {
        let factor = 2 * cos(2 * Double.pi * hertz / Double(AudioFrame.sampleRate))
        var previous = 0.0, beforePrevious = 0.0, energy = 0.0
        for sample in samples {
            let value = Double(sample)
            (previous, beforePrevious) = (value + factor * previous - beforePrevious, previous)
            energy += value * value
        }
        guard energy > 0 else { return 0 }
        let power = previous * previous + beforePrevious * beforePrevious - factor * previous * beforePrevious
        return min(1, 2 * power / (Double(samples.count) * energy))
    }

    /// Root mean square of `samples`: 0 for silence, about 7 300 for a tone of -10 dBm0.
    public static func loudness(of samples: some Collection<Int16>) -> Double {
        guard !samples.isEmpty else { return 0 }
        return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    }
}
