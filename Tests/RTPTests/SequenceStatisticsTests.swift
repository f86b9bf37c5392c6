import RTP
import TestSupport
import Testing

struct Arrivals: Sendable, CustomTestStringConvertible {
    let testDescription: String, numbers: [UInt16], lost: UInt64
}

private let stories = [
    Arrivals(testDescription: "one packet", numbers: [7], lost: 0),
    Arrivals(testDescription: "all there", numbers: Array(100...199), lost: 0),
    Arrivals(testDescription: "a gap", numbers: [1, 2, 5, 6], lost: 2),
    Arrivals(testDescription: "late is not lost", numbers: [1, 2, 4, 3, 5], lost: 0),
    Arrivals(testDescription: "over the wrap", numbers: [65_534, 65_535, 0, 1], lost: 0),
    Arrivals(testDescription: "a gap over the wrap", numbers: [65_534, 1], lost: 2),
    Arrivals(
        testDescription: "a duplicate hides a loss (RFC 3550 §A.3), but goes no lower", numbers: [1, 1, 1], lost: 0),
    Arrivals(testDescription: "one wild number is ignored", numbers: [1, 2, 30_000, 3, 4], lost: 0),
    Arrivals(testDescription: "two in a row are a restart", numbers: [1, 3, 30_000, 30_001, 30_002], lost: 1),
]

@Test(arguments: stories) func lossIsCounted(_ story: Arrivals) {
    var statistics = SequenceStatistics()
    statistics.start(story.numbers[0])
    for number in story.numbers.dropFirst() { _ = statistics.receive(number) }
    #expect(statistics.lost == story.lost)
}

@Test func lossOfEarlierSourcesStaysCounted() {
    var statistics = SequenceStatistics()
    statistics.start(10)
    _ = statistics.receive(13)
    statistics.start(60_000)
    _ = statistics.receive(60_002)
    #expect(statistics.lost == 3)
}

@Test(arguments: 0..<20) func randomLossAndDisorderAreCountedExactly(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let first = Int.random(in: 0...65_535, using: &random)
    var numbers = Array(first..<first + 200_000)
    // The first and last packets stay: what is lost there nobody can know.
    numbers = numbers.filter { $0 == first || $0 == first + 199_999 || Int.random(in: 0..<50, using: &random) > 0 }
    let lost = 200_000 - numbers.count
    for index in stride(from: 1, to: numbers.count - 20, by: 10) {
        numbers.swapAt(index, index + Int.random(in: 0..<10, using: &random))
    }
    var statistics = SequenceStatistics()
    statistics.start(UInt16(truncatingIfNeeded: numbers[0]))
    for number in numbers.dropFirst() {
        let isCounted = statistics.receive(UInt16(truncatingIfNeeded: number))
        #expect(isCounted)
    }
    #expect(statistics.lost == UInt64(lost))
}
