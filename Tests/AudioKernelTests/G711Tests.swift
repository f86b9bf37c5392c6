import Codecs
import Testing
import TelephonyModel

@Test(arguments: Codec.allCases) func encodedAudioIsNearTheOriginal(codec: Codec) {
    let samples = stride(from: -32_000, through: 32_000, by: 37).map { Int16($0) }
    for (sample, decoded) in zip(samples, G711.decode(G711.encode(samples, as: codec), from: codec)) {
        // A segment's step is at most 1/16 of the value, the smallest 16 (A-law): half a step off, and rounding.
        #expect(abs(Int(sample) - Int(decoded)) <= max(16, abs(Int(sample)) / 16))
    }
}

@Test(arguments: Codec.allCases) func everyByteComesBack(codec: Codec) {
    let bytes = (0...255).map { UInt8($0) }
    let back = G711.encode(G711.decode(bytes, from: codec), as: codec)
    // µ-law has two zeros; the negative one comes back as the positive.
    for (byte, again) in zip(bytes, back) where !(codec == .pcmu && byte == 0x7F) { #expect(byte == again) }
}

@Test func silenceHasItsBytes() {
    #expect(G711.encode([0], as: .pcma) == [0xD5])
    #expect(G711.encode([0], as: .pcmu) == [0xFF])
}

@Test(arguments: Codec.allCases) func transcodingIsNearTheOriginal(codec: Codec) {
    let other: Codec = codec == .pcma ? .pcmu : .pcma
    let table = G711.transcoding(from: codec)
    #expect(table.count == 256)
    let bytes = (0...255).map { UInt8($0) }
    let original = G711.decode(bytes, from: codec), heard = G711.decode(table, from: other)
    for (a, b) in zip(original, heard) {
        #expect(abs(Int(a) - Int(b)) <= max(24, abs(Int(a)) / 16))
        #expect(abs(Int(a)) < 24 || (a < 0) == (b < 0))
    }
}
