import RTP
import Testing

private let phone = Endpoint(address: 0x0A00_0001, port: 4_000)
private let samePhone = Endpoint(address: 0x0A00_0001, port: 4_444)
private let stranger = Endpoint(address: 0x0A00_0063, port: 5_000)
private let other = Endpoint(address: 0x0A00_0064, port: 6_000)

/// Packets as (from, sequence number), whether each is taken, and where we send afterwards.
struct Sources: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var expected = phone
    let packets: [(from: Endpoint, number: UInt16, isTaken: Bool)]
    let target: Endpoint?
}

private let stories = [
    Sources(testDescription: "before anything came we send to the SDP's address", packets: [], target: phone),
    Sources(testDescription: "the SDP's address", packets: [(phone, 1, true), (phone, 2, true)], target: phone),
    Sources(testDescription: "its other port, at once", packets: [(samePhone, 1, true)], target: samePhone),
    Sources(
        testDescription: "the exact port wins over the other port",
        packets: [(samePhone, 1, true), (phone, 1, true), (samePhone, 2, false)], target: phone),
    Sources(
        testDescription: "a stranger beside the phone",
        packets: [
            (phone, 1, true), (stranger, 1, false), (stranger, 2, false), (stranger, 3, false),
            (stranger, 4, false), (stranger, 5, false),
        ], target: phone),
    Sources(
        testDescription: "behind NAT: four in a row",
        packets: [
            (stranger, 65_534, false), (stranger, 65_535, false), (stranger, 0, false), (stranger, 1, true),
            (other, 1, false),
        ], target: stranger),
    Sources(
        testDescription: "a spray does not get in",
        packets: [
            (stranger, 1, false), (stranger, 3, false), (stranger, 5, false), (stranger, 7, false),
            (other, 1, false), (stranger, 8, false), (other, 2, false),
        ], target: phone),
    Sources(
        testDescription: "the SDP's address takes the leg back from a stranger",
        packets: [
            (stranger, 1, false), (stranger, 2, false), (stranger, 3, false), (stranger, 4, true),
            (phone, 9, true), (stranger, 5, false),
        ], target: phone),
    Sources(
        testDescription: "0.0.0.0: nowhere to send", expected: Endpoint(address: 0, port: 4_000), packets: [],
        target: nil),
    Sources(
        testDescription: "0.0.0.0 with music: heard, and still nowhere to send",
        expected: Endpoint(address: 0, port: 4_000),
        packets: [
            (stranger, 1, false), (stranger, 2, false), (stranger, 3, false), (stranger, 4, true), (stranger, 5, true),
        ], target: nil),
    Sources(
        testDescription: "port 0: nowhere to send", expected: Endpoint(address: 1, port: 0), packets: [], target: nil),
]

@Test(arguments: stories) func latchHolds(_ story: Sources) {
    var latch = SourceLatch(expected: story.expected)
    for packet in story.packets {
        let isTaken = latch.accepts(packet.from, ssrc: 1, sequenceNumber: packet.number)
        #expect(isTaken == packet.isTaken)
    }
    #expect(latch.target == story.target)
}

@Test func fourInARowAreOfOneStream() {
    var latch = SourceLatch(expected: phone)
    for number in UInt16(1)...8 {
        let isTaken = latch.accepts(stranger, ssrc: UInt32(number % 2), sequenceNumber: number)
        #expect(!isTaken)
    }
}
