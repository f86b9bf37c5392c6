import RTP
import TestSupport
import Testing

@Test func eventSurvivesTheWire() {
    for code in UInt8(0)...15 {
        let event = TelephoneEvent(code: code, isEnd: code % 2 == 0, volume: 10, duration: 1_600 + UInt16(code))
        #expect(event.bytes.count == 4)
        #expect(event.bytes.withUnsafeBytes { TelephoneEvent(reading: $0) } == event)
    }
    #expect([1, 2, 3].withUnsafeBytes { TelephoneEvent(reading: UnsafeRawBufferPointer(rebasing: $0[0..<3])) } == nil)
}

@Test func keysAreThoseOfRFC4733() {
    let keys = (UInt8(0)...15).map { TelephoneEvent(code: $0, isEnd: false, volume: 0, duration: 0).key }
    #expect(keys == Array("0123456789*#ABCD".utf8))
    #expect(TelephoneEvent(code: 16, isEnd: false, volume: 0, duration: 0).key == nil)
    #expect("0123456789*#ABCD".compactMap(TelephoneEvent.code).elementsEqual(0...15))
    #expect(TelephoneEvent.code(of: "x") == nil && TelephoneEvent.code(of: "ü") == nil)
}

/// Packets as (code, timestamp, duration, end), and the keys they are.
struct Presses: Sendable, CustomTestStringConvertible {
    typealias Packet = (code: UInt8, timestamp: UInt32, duration: UInt16, isEnd: Bool)
    let testDescription: String, packets: [Packet], keys: String
}

private let stories = [
    Presses(
        testDescription: "three end packets are one press",
        packets: [
            (1, 800, 160, false), (1, 800, 320, false), (1, 800, 480, true), (1, 800, 480, true),
            (1, 800, 480, true),
        ], keys: "1"),
    Presses(testDescription: "only the last end arrives", packets: [(2, 800, 480, true)], keys: "2"),
    Presses(
        testDescription: "the ends are lost, the next press counts",
        packets: [(1, 800, 160, false), (1, 4_000, 160, false)], keys: "11"),
    Presses(
        testDescription: "the same key twice",
        packets: [(5, 800, 160, false), (5, 800, 320, true), (5, 2_400, 160, false), (5, 2_400, 320, true)],
        keys: "55"),
    Presses(
        testDescription: "a late packet of the press before",
        packets: [(1, 800, 320, true), (2, 2_400, 160, false), (1, 800, 320, true), (2, 2_400, 320, true)], keys: "12"),
    Presses(
        testDescription: "two keys at one timestamp", packets: [(1, 800, 160, true), (2, 800, 160, true)], keys: "12"),
    Presses(
        testDescription: "a long press goes on in a second segment",
        packets: [(9, 800, 65_535, false), (9, 66_335, 160, false), (9, 66_335, 320, true)], keys: "9"),
    Presses(
        testDescription: "an ended press is not continued",
        packets: [(9, 800, 65_535, true), (9, 66_335, 160, false)], keys: "99"),
    Presses(
        testDescription: "over the wrap of the timestamp",
        packets: [(3, .max - 100, 320, true), (4, 1_500, 160, true), (3, .max - 100, 320, true)], keys: "34"),
    Presses(
        testDescription: "a source that began anew, far back",
        packets: [(3, 900_000, 320, true), (4, 1_500, 160, true)], keys: "34"),
    Presses(
        testDescription: "an event that is no key", packets: [(66, 800, 160, true), (1, 2_400, 160, true)], keys: "1"),
]

@Test(arguments: stories) func pressesAreTold(_ story: Presses) {
    var detector = KeyPressDetector()
    var keys = ""
    for packet in story.packets {
        let event = TelephoneEvent(code: packet.code, isEnd: packet.isEnd, volume: 10, duration: packet.duration)
        if let key = detector.receive(event, timestamp: packet.timestamp) { keys.unicodeScalars.append(.init(key)) }
    }
    #expect(keys == story.keys)
}

/// Any loss that leaves one packet of each press leaves each press.
@Test(arguments: 0..<50) func pressesSurviveLoss(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var detector = KeyPressDetector()
    var pressed: [UInt8] = [], told: [UInt8] = []
    var timestamp = UInt32.random(in: 0...UInt32.max, using: &random)
    for _ in 0..<200 {
        let code = UInt8.random(in: 0...11, using: &random), updates = Int.random(in: 1...20, using: &random)
        var packets = (1...updates).map {
            TelephoneEvent(code: code, isEnd: false, volume: 10, duration: UInt16($0 * 160))
        }
        let last = TelephoneEvent(code: code, isEnd: true, volume: 10, duration: UInt16((updates + 1) * 160))
        packets += [last, last, last]
        let kept = Int.random(in: 0..<packets.count, using: &random)
        for (index, packet) in packets.enumerated() where index == kept || Bool.random(using: &random) {
            if let key = detector.receive(packet, timestamp: timestamp) { told.append(key) }
        }
        pressed.append(last.key ?? 0)
        timestamp &+= UInt32((updates + 1) * 160 + Int.random(in: 400...8_000, using: &random))
    }
    #expect(told == pressed)
}
