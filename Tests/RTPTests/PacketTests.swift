import RTP
import TestSupport
import Testing

/// An RTP packet as bytes, by the parts of RFC 3550 §5.1.
private func packet(
    first: UInt8 = 0x80, second: UInt8 = 8, rest: [UInt8] = [], payload: [UInt8] = [1, 2, 3]
) -> [UInt8] {
    [first, second, 0x12, 0x34, 0, 0, 0x03, 0xE8, 0xDE, 0xAD, 0xBE, 0xEF] + rest + payload
}

private func read(_ bytes: [UInt8]) throws(RTPError) -> RTPPacket {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    return try RTPPacket(reading: UnsafeRawBufferPointer(copy))
}

struct Reading: Sendable, CustomTestStringConvertible {
    let testDescription: String, bytes: [UInt8]
    var payload: Range<Int>?
    var error: RTPError?
}

private let readings = [
    Reading(testDescription: "a plain packet", bytes: packet(), payload: 12..<15),
    Reading(testDescription: "no payload", bytes: packet(payload: []), payload: 12..<12),
    Reading(
        testDescription: "two contributing sources", bytes: packet(first: 0x82, rest: Array(repeating: 9, count: 8)),
        payload: 20..<23),
    Reading(
        testDescription: "an extension of one word", bytes: packet(first: 0x90, rest: [0xBE, 0xDE, 0, 1, 5, 6, 7, 8]),
        payload: 20..<23),
    Reading(
        testDescription: "an empty extension", bytes: packet(first: 0x90, rest: [0xBE, 0xDE, 0, 0]), payload: 16..<19),
    Reading(testDescription: "padding", bytes: packet(first: 0xA0, payload: [1, 2, 3, 0, 0, 3]), payload: 12..<15),
    Reading(testDescription: "nothing but padding", bytes: packet(first: 0xA0, payload: [0, 2]), payload: 12..<12),
    Reading(testDescription: "nothing", bytes: [], error: .truncated),
    Reading(testDescription: "11 bytes", bytes: Array(packet().prefix(11)), error: .truncated),
    Reading(testDescription: "version 1", bytes: packet(first: 0x40), error: .notRTP),
    Reading(testDescription: "STUN", bytes: packet(first: 0x00, second: 1), error: .notRTP),
    Reading(testDescription: "more sources than bytes", bytes: packet(first: 0x8F), error: .truncated),
    Reading(
        testDescription: "an extension cut off in its header", bytes: packet(first: 0x90, payload: [0, 0, 0]),
        error: .truncated),
    Reading(
        testDescription: "an extension longer than the packet", bytes: packet(first: 0x90, rest: [0, 0, 0xFF, 0xFF]),
        error: .truncated),
    Reading(testDescription: "padding of 0", bytes: packet(first: 0xA0, payload: [1, 0]), error: .truncated),
    Reading(
        testDescription: "padding that reaches into the header", bytes: packet(first: 0xA0, payload: [1, 3]),
        error: .truncated),
    Reading(testDescription: "padding without a byte", bytes: packet(first: 0xA0, payload: []), error: .truncated),
    Reading(testDescription: "a sender report", bytes: packet(second: 200), error: .control),
    Reading(testDescription: "an empty receiver report", bytes: [0x80, 201, 0, 1, 0, 0, 0, 7], error: .control),
    Reading(testDescription: "a goodbye", bytes: packet(second: 203), error: .control),
]

@Test(arguments: readings) func packetIsRead(_ story: Reading) {
    do throws(RTPError) {
        let packet = try read(story.bytes)
        let payload = packet.payloadOffset..<packet.payloadOffset + packet.payloadCount
        #expect(payload == story.payload)
        #expect(packet.header.sequenceNumber == 0x1234)
        #expect(packet.header.timestamp == 1_000)
        #expect(packet.header.ssrc == 0xDEAD_BEEF)
        #expect(packet.header.payloadType == 8)
    } catch { #expect(error == story.error) }
}

@Test func headerSurvivesTheWire() throws {
    var random = SeededRandom(seed: 1)
    for _ in 0..<1_000 {
        let header = RTPHeader(
            marker: .random(using: &random), payloadType: .random(in: 0...127, using: &random),
            sequenceNumber: .random(in: 0...UInt16.max, using: &random),
            timestamp: .random(in: 0...UInt32.max, using: &random), ssrc: .random(in: 0...UInt32.max, using: &random))
        var bytes = [UInt8](repeating: 0xFF, count: 12)
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        // 64...95 with the marker set cannot be told from RTCP, so nobody may use them (RFC 5761 §4).
        if header.marker, (64...95).contains(header.payloadType) {
            #expect(throws: RTPError.control) { try read(bytes) }
        } else {
            #expect(try read(bytes).header == header)
        }
    }
}

@Test func garbageIsReadWithinItsBounds() {
    var random = SeededRandom(seed: 2)
    var read = 0, refused = 0
    for _ in 0..<200_000 {
        let count = Int.random(in: 0...64, using: &random)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { bytes.deallocate() }
        for index in 0..<count { bytes[index] = .random(in: 0...255, using: &random) }
        // Half of it looks like RTP at first sight, so that what follows is reached.
        if count > 0, Bool.random(using: &random) { bytes[0] = 0x80 | bytes[0] & 0x3F }
        _ = RTCP.isCompound(UnsafeRawBufferPointer(bytes))
        _ = TelephoneEvent(reading: UnsafeRawBufferPointer(bytes))
        do throws(RTPError) {
            let packet = try RTPPacket(reading: UnsafeRawBufferPointer(bytes))
            read += 1
            #expect(packet.payloadOffset >= 12 && packet.payloadCount >= 0)
            #expect(packet.payloadOffset + packet.payloadCount <= count)
        } catch { refused += 1 }
    }
    #expect(read > 10_000 && refused > 10_000)
}

struct Compound: Sendable, CustomTestStringConvertible {
    let testDescription: String, bytes: [UInt8], isCompound: Bool
}

private let receiverReport: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 7]
private let description: [UInt8] = [0x81, 202, 0, 2, 0, 0, 0, 7, 1, 1, 65, 0]

private let compounds = [
    Compound(testDescription: "report and description", bytes: receiverReport + description, isCompound: true),
    Compound(testDescription: "a report alone", bytes: receiverReport, isCompound: true),
    Compound(testDescription: "a description first", bytes: description + receiverReport, isCompound: false),
    Compound(testDescription: "length beyond the end", bytes: [0x80, 201, 0, 9, 0, 0, 0, 7], isCompound: false),
    Compound(testDescription: "bytes left over", bytes: receiverReport + [0x80], isCompound: false),
    Compound(
        testDescription: "padding before the last part",
        bytes: receiverReport + [0xA1, 202, 0, 1, 0, 0, 0, 4] + receiverReport, isCompound: false),
    Compound(testDescription: "another version within", bytes: receiverReport + [0x40, 202, 0, 0], isCompound: false),
    Compound(testDescription: "RTP", bytes: packet(), isCompound: false),
    Compound(testDescription: "nothing", bytes: [], isCompound: false),
]

@Test(arguments: compounds) func controlPacketIsTold(_ story: Compound) {
    #expect(story.bytes.withUnsafeBytes { RTCP.isCompound($0) } == story.isCompound)
}
