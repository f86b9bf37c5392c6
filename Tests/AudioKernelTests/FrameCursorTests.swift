import AudioKernel
import Testing

/// All offsets that a cursor gives, at most `limit`.
private func offsets(_ cursor: FrameCursor, limit: Int) -> [Int] {
    var cursor = cursor, offsets: [Int] = []
    while offsets.count < limit, let next = cursor.advance() { offsets.append(next) }
    return offsets
}

@Test func soundIsPlayedSoManyTimes() {
    #expect(offsets(FrameCursor(frames: 3, times: 2), limit: 100) == [0, 160, 320, 0, 160, 320])
    #expect(offsets(FrameCursor(frames: 1, times: 1), limit: 100) == [0])
    #expect(offsets(FrameCursor(frames: 3, times: 0), limit: 100) == [])
}

@Test func loopGoesOnForEver() {
    #expect(offsets(FrameCursor(frames: 2, times: nil), limit: 1_001) == (0..<1_001).map { $0 % 2 * 160 })
}

@Test func endIsSeenWithTheLastFrame() {
    var cursor = FrameCursor(frames: 2, times: 2)
    var ends: [Bool] = []
    for _ in 0..<4 {
        _ = cursor.advance()
        ends.append(cursor.isAtEnd)
    }
    #expect(ends == [false, false, false, true])
}

@Test func frameCountRoundsUp() {
    #expect([0, 1, 160, 161, 320].map(AudioFrame.count) == [0, 1, 1, 2, 2])
}
