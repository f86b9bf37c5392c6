import AudioKernel
import Testing

private let voice: [Int16] = [0, 1, -1, 32_767, -32_768, 1_000]

/// A WAV file with one header field changed.
private func changed(_ offset: Int, _ value: UInt8) -> [UInt8] {
    var bytes = WAVFile.bytes(of: voice)
    bytes[offset] = value
    return bytes
}

@Test func samplesSurviveTheFile() throws { #expect(try WAVFile.samples(of: WAVFile.bytes(of: voice)) == voice) }

@Test func otherChunksAreSkipped() throws {
    let file = WAVFile.bytes(of: voice)
    let list = Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0]  // Odd length, padded.
    #expect(try WAVFile.samples(of: Array(file[0..<12]) + list + Array(file[12...])) == voice)
    #expect(try WAVFile.samples(of: Array(file[0..<36]) + list + Array(file[36...])) == voice)
}

struct BadFile: Sendable, CustomTestStringConvertible {
    let testDescription: String, bytes: [UInt8], says: String
}

private let badFiles = [
    BadFile(testDescription: "empty", bytes: [], says: "no WAV file"),
    BadFile(testDescription: "text", bytes: Array("hello, I am no audio".utf8), says: "no WAV file"),
    BadFile(testDescription: "stereo", bytes: changed(22, 2), says: "2 channel(s)"),
    BadFile(testDescription: "44.1 kHz", bytes: changed(24, 0x44), says: "sox IN.wav -r 8000"),
    BadFile(testDescription: "8 bits", bytes: changed(34, 8), says: "8 bits"),
    BadFile(testDescription: "A-law", bytes: changed(20, 6), says: "format 6"),
    BadFile(testDescription: "a data size beyond the end", bytes: changed(41, 1), says: "cut off"),
    BadFile(testDescription: "no samples", bytes: Array(WAVFile.bytes(of: voice).prefix(36)), says: "no samples"),
    BadFile(testDescription: "cut in the format", bytes: Array(WAVFile.bytes(of: voice).prefix(30)), says: "cut off"),
    BadFile(
        testDescription: "samples before the format",
        bytes: Array(WAVFile.bytes(of: voice)[0..<12]) + Array("data".utf8) + [0, 0, 0, 0], says: "no format"),
    BadFile(testDescription: "a size of 4 GiB", bytes: changed(43, 0xFF), says: "cut off"),
]

@Test(arguments: badFiles) func badFileIsExplained(_ story: BadFile) {
    do throws(WAVError) {
        _ = try WAVFile.samples(of: story.bytes)
        Issue.record("read a bad file")
    } catch { #expect(error.message.contains(story.says)) }
}

@Test func cutAnywhereNeverCrashes() {
    let file = WAVFile.bytes(of: voice)
    for count in 0..<file.count {
        #expect(throws: WAVError.self) { try WAVFile.samples(of: Array(file.prefix(count))) }
    }
}
