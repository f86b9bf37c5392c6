import MediaControl
import TelephonyModel
import Testing

@Test func aPauseOfTheProcessDoesNotCount() {
    var clock = RunningClock()
    let readings: [(ms: Int64, shown: Int64)] = [
        (0, 0), (1_000, 1_000), (6_000, 6_000), (7_500, 7_500), (127_500, 7_500), (128_500, 8_500),
        (133_501, 8_500), (133_502, 8_501),
    ]
    for reading in readings {
        let shown = clock.advance(to: .milliseconds(reading.ms))
        #expect(shown == Instant(milliseconds: reading.shown), "at \(reading.ms)")
    }
}
