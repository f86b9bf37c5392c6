import RTP
import TestSupport
import Testing

private let frameNs: Int64 = 20_000_000

private func inbound(_ number: UInt16, _ time: UInt32, ssrc: UInt32 = 7, marker: Bool = false) -> RTPHeader {
    RTPHeader(marker: marker, payloadType: 8, sequenceNumber: number, timestamp: time, ssrc: ssrc)
}

/// A stream that can be asked inside an expectation.
private final class Line {
    private var out = OutgoingStream(ssrc: 99, sequenceNumber: 65_530, timestamp: .max - 320)
    func ownFrame(payloadType: UInt8, at now: Int64) -> RTPHeader { out.ownFrame(payloadType: payloadType, at: now) }
    func relay(_ header: RTPHeader, from leg: Int, payloadType: UInt8, isEvent: Bool, at now: Int64) -> RTPHeader? {
        out.relay(header, from: leg, payloadType: payloadType, isEvent: isEvent, at: now)
    }
    func leaveOut(_ header: RTPHeader, from leg: Int) { out.leaveOut(header, from: leg) }
}

@Test func ownFramesFollowOneAnother() {
    let out = Line()
    var last = out.ownFrame(payloadType: 0, at: 0)
    #expect(last.marker && last.ssrc == 99 && last.payloadType == 0)
    for frame in 1..<100 {
        let next = out.ownFrame(payloadType: 0, at: Int64(frame) * frameNs)
        #expect(!next.marker)
        #expect(next.sequenceNumber == last.sequenceNumber &+ 1 && next.timestamp == last.timestamp &+ 160)
        last = next
    }
}

@Test func relayedStreamKeepsGapsAndOrder() throws {
    let out = Line()
    let first = try #require(out.relay(inbound(10, 1_000), from: 3, payloadType: 0, isEvent: false, at: 0))
    #expect(first.marker && first.sequenceNumber == 65_530)
    let later = try #require(out.relay(inbound(13, 1_480), from: 3, payloadType: 0, isEvent: false, at: 3 * frameNs))
    #expect(!later.marker)
    #expect(later.sequenceNumber == first.sequenceNumber &+ 3 && later.timestamp == first.timestamp &+ 480)
    let late = try #require(out.relay(inbound(12, 1_320), from: 3, payloadType: 0, isEvent: false, at: 3 * frameNs))
    #expect(late.sequenceNumber == first.sequenceNumber &+ 2 && late.timestamp == first.timestamp &+ 320)
    let marked = try #require(
        out.relay(inbound(14, 1_640, marker: true), from: 3, payloadType: 0, isEvent: false, at: 4 * frameNs))
    #expect(marked.marker && marked.sequenceNumber == first.sequenceNumber &+ 4)
}

@Test func changeOfSourceLeavesNoGap() throws {
    let out = Line()
    var now: Int64 = 0
    let own = out.ownFrame(payloadType: 8, at: now)
    now += 5 * frameNs
    let relayed = try #require(out.relay(inbound(500, 77), from: 1, payloadType: 8, isEvent: false, at: now))
    #expect(relayed.marker && relayed.sequenceNumber == own.sequenceNumber &+ 1)
    #expect(relayed.timestamp == own.timestamp &+ 800)  // As far on as the clock.
    now += frameNs / 4
    let otherLeg = try #require(out.relay(inbound(9, 1, ssrc: 8), from: 2, payloadType: 8, isEvent: false, at: now))
    #expect(otherLeg.marker && otherLeg.sequenceNumber == relayed.sequenceNumber &+ 1)
    #expect(otherLeg.timestamp == relayed.timestamp &+ 160)  // At least a frame on.
    now += frameNs
    let again = out.ownFrame(payloadType: 8, at: now)
    #expect(again.marker && again.sequenceNumber == otherLeg.sequenceNumber &+ 1)
}

@Test func packetFromBeforeTheChangeIsDropped() throws {
    let out = Line()
    _ = try #require(out.relay(inbound(10, 1_000), from: 1, payloadType: 8, isEvent: false, at: 0))
    #expect(out.relay(inbound(9, 840), from: 1, payloadType: 8, isEvent: false, at: frameNs) == nil)
}

@Test func newSSRCAndWildJumpsBeginAnew() throws {
    let out = Line()
    _ = out.relay(inbound(10, 1_000), from: 1, payloadType: 8, isEvent: false, at: 0)
    let newSource = try #require(
        out.relay(inbound(40_000, 9, ssrc: 8), from: 1, payloadType: 8, isEvent: false, at: frameNs))
    #expect(newSource.marker && newSource.sequenceNumber == 65_531)
    let restarted = try #require(
        out.relay(inbound(100, 169, ssrc: 8), from: 1, payloadType: 8, isEvent: false, at: 2 * frameNs))
    #expect(restarted.marker && restarted.sequenceNumber == 65_532)
    // The same SSRC and number order, but a timestamp from elsewhere.
    let jumped = try #require(
        out.relay(inbound(101, 5_000_000, ssrc: 8), from: 1, payloadType: 8, isEvent: false, at: 3 * frameNs))
    #expect(jumped.marker && jumped.sequenceNumber == 65_533)
    #expect(jumped.timestamp == restarted.timestamp &+ 160)
}

@Test func silenceOfTheSourceIsKept() throws {
    let out = Line()
    let first = try #require(out.relay(inbound(10, 0), from: 1, payloadType: 8, isEvent: false, at: 0))
    let minute: Int64 = 60_000_000_000
    let second = try #require(
        out.relay(inbound(11, 480_000, marker: true), from: 1, payloadType: 8, isEvent: false, at: minute))
    #expect(second.timestamp == first.timestamp &+ 480_000 && second.sequenceNumber == first.sequenceNumber &+ 1)
}

@Test func heldKeyKeepsItsTimestampAndAudioGoesOn() throws {
    let out = Line()
    let audio = try #require(out.relay(inbound(10, 0), from: 1, payloadType: 8, isEvent: false, at: 0))
    for packet in 1...200 {  // Four seconds.
        let event = try #require(
            out.relay(
                inbound(10 &+ UInt16(packet), 160, marker: packet == 1), from: 1, payloadType: 101, isEvent: true,
                at: Int64(packet) * frameNs))
        #expect(event.timestamp == audio.timestamp &+ 160 && event.payloadType == 101)
        #expect(event.marker == (packet == 1))
    }
    let after = try #require(
        out.relay(inbound(211, 32_160), from: 1, payloadType: 8, isEvent: false, at: 201 * frameNs))
    #expect(!after.marker && after.timestamp == audio.timestamp &+ 32_160)
    #expect(after.sequenceNumber == audio.sequenceNumber &+ 201)
}

@Test func whatIsLeftOutLeavesNoGap() throws {
    let out = Line()
    _ = out.relay(inbound(10, 0), from: 1, payloadType: 8, isEvent: false, at: 0)
    for number in UInt16(11)...15 { out.leaveOut(inbound(number, 160), from: 1) }
    let next = try #require(out.relay(inbound(16, 960), from: 1, payloadType: 8, isEvent: false, at: 6 * frameNs))
    #expect(next.sequenceNumber == 65_531 && !next.marker)
}

/// Whatever arrives, our numbers never leap and our own SSRC stays.
@Test(arguments: 0..<50) func anyInputGivesASteadyStream(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let out = Line()
    var highest: UInt16 = 65_529
    for step in 0..<5_000 {
        let now = Int64(step) * frameNs / 2
        var header: RTPHeader?
        if Int.random(in: 0..<4, using: &random) == 0 {
            header = out.ownFrame(payloadType: 8, at: now)
        } else {
            header = out.relay(
                inbound(
                    .random(in: 0...UInt16.max, using: &random), .random(in: 0...UInt32.max, using: &random),
                    ssrc: .random(in: 1...3, using: &random)), from: .random(in: 0..<3, using: &random), payloadType: 8,
                isEvent: .random(using: &random), at: now)
        }
        guard let header else { continue }
        #expect(header.ssrc == 99)
        let ahead = Int16(bitPattern: header.sequenceNumber &- highest)
        #expect(ahead <= 3_000 && ahead > -3_001)
        if ahead > 0 { highest = header.sequenceNumber }
    }
}
