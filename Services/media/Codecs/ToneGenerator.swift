import AudioKernel
import CSpanDSP

/// Makes the samples of a call progress tone.
public enum ToneGenerator {
    /// Level of a tone as a whole, in dBm0: the middle of what ITU-T E.180 recommends.
    static let level: Int32 = -10

    /// A loop of whole frames: sent again and again it is the cadence, without a seam.
    public static func loop(_ cadence: Cadence) -> [Int16] {
        let round = cadence.beats.flatMap(samples)
        return Array(repeatElement(round, count: cadence.roundsInLoop).joined())
    }

    private static func samples(_ beat: Cadence.Beat) -> [Int16] {
        guard let first = beat.hertz.first else { return [Int16](repeating: 0, count: beat.samples) }
        let second = beat.hertz.count > 1 ? beat.hertz[1] : 0
        let each = second == 0 ? level : level - 3  // Two of equal power are 3 dB more than one.
        guard
            let descriptor = tone_gen_descriptor_init(
                nil, Int32(first), each, Int32(second), second == 0 ? 0 : each, Int32(beat.milliseconds), 0, 0, 0, 0)
        else { preconditionFailure("no memory for a tone") }
        defer { tone_gen_descriptor_free(descriptor) }
        guard let generator = tone_gen_init(nil, descriptor) else { preconditionFailure("no memory for a tone") }
        defer { tone_gen_free(generator) }
        return [Int16](unsafeUninitializedCapacity: beat.samples) { buffer, count in
            count = Int(tone_gen(generator, buffer.baseAddress, Int32(beat.samples)))
            precondition(count == beat.samples, "a tone ended before its beat")
        }
    }
}
