// WAV files of the house's one shape: 8 kHz, mono, 16-bit PCM.

/// Why bytes are no WAV file that can be played. The message says what was found and what is needed.
public struct WAVError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { message }
}

public enum WAVFile {
    static let advice = "convert it with: sox IN.wav -r 8000 -c 1 -b 16 OUT.wav"

    /// Reads the samples of a RIFF/WAVE file.
    /// - Throws: when it is none, is cut off, or has another shape than 8 kHz, mono, 16-bit PCM.
    public static func samples(of bytes: [UInt8]) throws(WAVError) -> [Int16] {
        guard bytes.count >= 12, text(bytes, 0) == "RIFF", text(bytes, 8) == "WAVE" else {
            throw WAVError(message: "this is no WAV file (no RIFF/WAVE header)")
        }
        var offset = 12, isChecked = false
        while offset + 8 <= bytes.count {
            let size = Int(number(bytes, offset + 4, bytes: 4)), start = offset + 8
            switch text(bytes, offset) {
            case "fmt ":
                try checkFormat(bytes, start, size)
                isChecked = true
            case "data":
                guard isChecked else { throw WAVError(message: "the WAV file has no format before its samples") }
                return try pcm(bytes, start, size)
            default: break
            }
            offset = start + size + size % 2  // Chunks are padded to even length.
        }
        throw WAVError(message: "the WAV file is cut off: it has no samples")
    }

    /// A WAV file with these samples.
    public static func bytes(of samples: [Int16]) -> [UInt8] {
        let size = samples.count * 2, rate = AudioFrame.sampleRate
        var bytes = Array("RIFF".utf8) + little(36 + size, 4) + Array("WAVEfmt ".utf8)
        bytes += little(16, 4) + little(1, 2) + little(1, 2) + little(rate, 4) + little(rate * 2, 4)
        bytes += little(2, 2) + little(16, 2) + Array("data".utf8) + little(size, 4)
        for sample in samples { bytes += little(Int(UInt16(bitPattern: sample)), 2) }
        return bytes
    }

    private static func checkFormat(_ bytes: [UInt8], _ start: Int, _ size: Int) throws(WAVError) {
        guard size >= 16, start + 16 <= bytes.count else {
            throw WAVError(message: "the WAV file is cut off in its format")
        }
        let format = number(bytes, start, bytes: 2), channels = number(bytes, start + 2, bytes: 2)
        let rate = number(bytes, start + 4, bytes: 4), bits = number(bytes, start + 14, bytes: 2)
        guard format == 1, channels == 1, rate == UInt32(AudioFrame.sampleRate), bits == 16 else {
            throw WAVError(
                message: "the WAV file has format \(format), \(channels) channel(s), \(rate) Hz, \(bits) bits; "
                    + "needed is PCM (1), 1 channel, 8000 Hz, 16 bits; \(advice)")
        }
    }

    private static func pcm(_ bytes: [UInt8], _ start: Int, _ size: Int) throws(WAVError) -> [Int16] {
        guard start + size <= bytes.count, size % 2 == 0 else {
            throw WAVError(
                message: "the WAV file is cut off: \(size) bytes of samples promised, "
                    + "\(bytes.count - start) there")
        }
        return stride(from: start, to: start + size, by: 2).map {
            Int16(bitPattern: UInt16(truncatingIfNeeded: number(bytes, $0, bytes: 2)))
        }
    }

    private static func text(_ bytes: [UInt8], _ offset: Int) -> String {
        String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, bytes count: Int) -> UInt32 {
        (0..<count).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
