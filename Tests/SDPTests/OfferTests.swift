import TelephonyModel
import Testing

@testable import SDP

@Test func ourOfferSaysAllThatWeSpeak() {
    var session = bridge
    #expect(
        lines(session.offer()) == [
            "v=0", "o=- 77 1 IN IP4 198.51.100.4", "s=-", "c=IN IP4 198.51.100.4", "t=0 0",
            "m=audio 20000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv",
        ])
}

@Test func theVersionGrowsOnlyWithAChange() throws {
    var session = bridge
    #expect(version(session.offer()) == 1)
    #expect(version(session.offer()) == 1)
    let first = try session.answer(phone)
    #expect(version(first.text) == 2, "one codec instead of two is a change")
    #expect(try session.answer(phone) == first)
    let hold = String(decoding: phone, as: UTF8.self).replacing("a=sendrecv", with: "a=sendonly")
    #expect(version(try session.answer(Array(hold.utf8)).text) == 3)
    #expect(version(try session.answer(phone).text) == 4)
}

@Test func theOfferAfterAnAnswerKeepsItsStreamsAndTypes() throws {
    var session = bridge
    _ = try session.answer(
        sdp(
            "v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", "c=IN IP4 192.0.2.7", "t=0 0",
            "m=video 4000 RTP/AVP 31",
            "m=audio 4002 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000"))
    let offer = lines(session.offer()).filter { $0.hasPrefix("m=") || $0.hasPrefix("a=fmtp") }
    #expect(offer == ["m=video 0 RTP/AVP 31", "m=audio 20000 RTP/AVP 8 0 96", "a=fmtp:96 0-15"])
}

@Test func refusedOfferLeavesTheSessionAsItWas() throws {
    var session = bridge
    _ = try session.answer(phone)
    let before = session
    #expect(throws: SDPError.noAudio) {
        try session.answer(
            sdp("v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", "t=0 0", "m=video 4000 RTP/AVP 31"))
    }
    #expect(session == before)
}

struct AnswerStory: Sendable, CustomTestStringConvertible {
    let testDescription: String, answer: [String], far: Result<FarAudio, SDPError>
}

private let head = ["v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", "c=IN IP4 192.0.2.7", "t=0 0"]
private func far(
    _ codec: Codec = .pcma, _ type: UInt8 = 8, events: UInt8? = nil,
    _ direction: StreamDirection = .sendrecv,
    address: String = "192.0.2.7"
) -> Result<FarAudio, SDPError> {
    .success(
        FarAudio(
            address: address, port: 4000, codec: codec, payloadType: type, dtmfPayloadType: events,
            direction: direction))
}

@Test(arguments: [
    AnswerStory(
        testDescription: "one codec and keys",
        answer: ["m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"],
        far: far(events: 101)),
    AnswerStory(
        testDescription: "keys without rtpmap are those of our offer",
        answer: ["m=audio 4000 RTP/AVP 8 101"],
        far: far(events: 101)),
    AnswerStory(
        testDescription: "its first codec counts", answer: ["m=audio 4000 RTP/AVP 0 8"],
        far: far(.pcmu, 0)),
    AnswerStory(
        testDescription: "a type of its own for the codec",
        answer: ["m=audio 4000 RTP/AVP 97", "a=rtpmap:97 pcmu/8000/1"], far: far(.pcmu, 97)),
    AnswerStory(
        testDescription: "on hold", answer: ["m=audio 4000 RTP/AVP 8", "a=inactive"],
        far: far(.pcma, 8, .inactive)),
    AnswerStory(
        testDescription: "keys at another clock are none",
        answer: ["m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/48000"], far: far()),
    AnswerStory(
        testDescription: "declined", answer: ["m=audio 0 RTP/AVP 8"], far: .failure(.declined)),
    AnswerStory(
        testDescription: "two streams for one",
        answer: ["m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/AVP 8"],
        far: .failure(.streamsDiffer(offered: 1, answered: 2))),
    AnswerStory(
        testDescription: "none", answer: [], far: .failure(.streamsDiffer(offered: 1, answered: 0))),
    AnswerStory(
        testDescription: "a codec that we did not offer", answer: ["m=audio 4000 RTP/AVP 9"],
        far: .failure(.noCommonCodec)),
    AnswerStory(
        testDescription: "8 renamed", answer: ["m=audio 4000 RTP/AVP 8", "a=rtpmap:8 G729/8000"],
        far: .failure(.noCommonCodec)),
    AnswerStory(
        testDescription: "two channels",
        answer: ["m=audio 4000 RTP/AVP 97", "a=rtpmap:97 PCMA/8000/2"],
        far: .failure(.noCommonCodec)),
    AnswerStory(
        testDescription: "IPv6", answer: ["m=audio 4000 RTP/AVP 8", "c=IN IP6 2001:db8::1"],
        far: .failure(.notIPv4)),
])
func theFarSidesAnswerIsRead(_ story: AnswerStory) {
    var session = bridge
    _ = session.offer()
    let text = Array((head + story.answer).joined(separator: "\n").utf8)
    #expect(Result { () throws(SDPError) in try session.accept(text) } == story.far)
}
