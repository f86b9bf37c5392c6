import Testing

@testable import SDP

struct BadInput: Sendable, CustomTestStringConvertible {
    let testDescription: String, text: [UInt8], error: SDPError
    init(_ what: String, _ error: SDPError, _ text: [UInt8]) {
        (testDescription, self.error, self.text) = (what, error, text)
    }
    init(_ what: String, _ error: SDPError, _ lines: String...) {
        self.init(what, error, Array(lines.joined(separator: "\r\n").utf8))
    }
}

private let origin = "o=- 1 1 IN IP4 192.0.2.7"
private func address(_ text: String) -> BadInput {
    BadInput("address \(text)", .notIPv4, "v=0", origin, "c=\(text)", "m=audio 4000 RTP/AVP 8")
}
private func stream(_ text: String) -> BadInput {
    let expected = "m= with media, port, transport and formats"
    return BadInput("stream \(text)", .badLine(3, expected: expected), "v=0", origin, text)
}

private let badInputs =
    [
        BadInput("nothing", .empty, [UInt8]()),
        BadInput("line breaks only", .empty, "", "", ""),
        BadInput("zeros", .badLine(1, expected: "a letter and ="), [UInt8](repeating: 0, count: 64)),
        BadInput("not UTF-8", .badLine(1, expected: "a letter and ="), [0xFF, 0xFE, 0xC0, 0x80]),
        BadInput("another body", .badLine(1, expected: "a letter and ="), "<xml/>"),
        BadInput("no version", .badLine(1, expected: "v=0 first"), origin, "v=0"),
        BadInput("version 1", .badLine(1, expected: "v=0, once"), "v=1", origin),
        BadInput("two versions", .badLine(2, expected: "v=0, once"), "v=0", "v=0", origin),
        BadInput("no origin", .badLine(2, expected: "an o= line before the end"), "v=0", "s=-"),
        BadInput(
            "short origin", .badLine(2, expected: "o= with six fields, once, before the streams"), "v=0",
            "o=- 1 1 IN IP4"),
        BadInput("no stream", .noAudio, "v=0", origin, "s=-", "t=0 0"),
        BadInput("no address", .notIPv4, "v=0", origin, "m=audio 4000 RTP/AVP 8"),
        BadInput(
            "video only", .noAudio, "v=0", origin, "c=IN IP4 192.0.2.7", "m=video 4000 RTP/AVP 31"),
        BadInput("closed", .noAudio, "v=0", origin, "c=IN IP4 192.0.2.7", "m=audio 0 RTP/AVP 8"),
        BadInput(
            "encrypted only", .noAudio, "v=0", origin, "c=IN IP4 192.0.2.7", "m=audio 4000 RTP/SAVP 8"),
        BadInput(
            "G.729 only", .noCommonCodec, "v=0", origin, "c=IN IP4 192.0.2.7", "m=audio 4000 RTP/AVP 18"),
        BadInput("too long", .tooLong(bytes: 16_385), [UInt8](repeating: 65, count: 16_385)),
        BadInput(
            "too many lines", .tooManyLines,
            Array(("v=0\n" + String(repeating: "a=x\n", count: 600)).utf8)),
        BadInput(
            "too many streams", .tooManyStreams,
            Array(("v=0\n\(origin)\n" + String(repeating: "m=audio 4000 RTP/AVP 8\n", count: 17)).utf8)),
        BadInput(
            "too many formats", .tooManyFormats, "v=0", origin,
            "m=audio 4000 RTP/AVP" + String(repeating: " 8", count: 65)),
        BadInput(
            "short address", .badLine(3, expected: "c=IN IP4 and an address"), "v=0", origin, "c=IN IP4"),
    ]
    + ["m=", "m=audio", "m=audio 4000 RTP/AVP", "m=audio x RTP/AVP 8", "m=audio -1 RTP/AVP 8"].map(
        stream)
    + [
        "m=audio 65536 RTP/AVP 8", "m=audio +40 RTP/AVP 8", "m=audio /2 RTP/AVP 8",
        "m=au\u{1}dio 1 RTP/AVP 8",
    ]
    .map(stream)
    + [
        "IN IP6 2001:db8::1", "IN IP4 phone.example.com", "IN IP4 1.2.3", "IN IP4 1.2.3.4.5",
        "IN IP4 1.2.3.256",
        "IN IP4 1.2.3.04", "IN IP4 1.2.3.", "IN IP4 224.2.1.1", "IN IP4 224.2.1.1/127",
        "IN IP4 255.255.255.255",
        "IN IP4 0.1.2.3", "IN IP4 1.2.3.-4", "ATM NSAP 1.2.3.4", "IN IP4 ١.2.3.4",
    ].map(address)

@Test(arguments: badInputs) func badInputIsRefusedWithASentence(_ input: BadInput) {
    var session = bridge
    #expect(throws: input.error) { try session.answer(input.text) }
    #expect(session == bridge)
    #expect(input.error.description.hasSuffix("."))
}

/// Damages descriptions as wires and attackers do: bytes changed, cut out, doubled, moved.
private struct Mutator {
    var state: UInt64
    mutating func next(_ below: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(below, 1)))
    }
    mutating func damage(_ text: [UInt8]) -> [UInt8] {
        var text = text
        for _ in 0...next(6) { damageOnce(&text) }
        return text
    }
    private mutating func damageOnce(_ text: inout [UInt8]) {
        guard !text.isEmpty else { return }
        let from = next(text.count)
        let upTo = min(text.count, from + 1 + next(24))
        switch next(6) {
        case 0: text[from] = UInt8(next(256))
        case 1: text[from] ^= 1 << UInt8(next(8))
        case 2: text.removeSubrange(from..<upTo)
        case 3: text.insert(contentsOf: text[from..<upTo], at: next(text.count))
        case 4: text.insert(contentsOf: Array("0=: /\r\nvmoca-9".utf8).shuffled(using: &self), at: from)
        default: text = Array(text.prefix(from))
        }
    }
}

extension Mutator: RandomNumberGenerator {
    mutating func next() -> UInt64 {
        UInt64(next(1 << 30)) << 34 ^ UInt64(next(1 << 30)) << 17 ^ UInt64(next(1 << 30))
    }
}

@Test func damagedDescriptionsNeverCrashAndAnswersStayWellFormed() throws {
    var mutator = Mutator(state: 20_261_124)
    let video = sdp(
        "v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", "t=0 0", "m=video 4000 RTP/AVP 31",
        "m=audio 4002 RTP/AVP 8 96",
        "c=IN IP4 192.0.2.7", "a=rtpmap:96 telephone-event/8000", "a=sendonly")
    var answered = 0
    for round in 0..<40_000 {
        let offer = mutator.damage(round.isMultiple(of: 2) ? phone : video)
        var session = bridge
        guard let answer = try? session.answer(offer) else { continue }
        answered += 1
        let read = try SessionDescription(parsing: Array(answer.text.utf8))
        let offered = try SessionDescription(parsing: offer)
        #expect(read.streams.map(\.kind) == offered.streams.map(\.kind), "round \(round)")
        #expect(read.streams.count { $0.port != 0 } == 1, "round \(round)")
        #expect(answer.far.port != 0, "round \(round)")
    }
    #expect((4_000..<36_000).contains(answered), "the damage is neither none nor total: \(answered)")
}
