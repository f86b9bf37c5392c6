import TelephonyModel
import Testing

@testable import SDP

@Test func aPhonesOfferIsAnsweredWithItsFirstCodecThatWeSpeak() throws {
    var session = bridge
    let answer = try session.answer(phone)
    #expect(
        lines(answer.text) == [
            "v=0", "o=- 77 1 IN IP4 198.51.100.4", "s=-", "c=IN IP4 198.51.100.4", "t=0 0",
            "m=audio 20000 RTP/AVP 8 96", "a=rtpmap:8 PCMA/8000", "a=rtpmap:96 telephone-event/8000",
            "a=fmtp:96 0-15", "a=ptime:20", "a=sendrecv",
        ])
    let far = FarAudio(
        address: "192.0.2.7", port: 49_170, codec: .pcma, payloadType: 8, dtmfPayloadType: 96,
        direction: .sendrecv)
    #expect(answer.far == far)
    #expect(try FarAudio(offered: phone) == far, "what an offer holds is known before it is answered")
}

struct OfferStory: Sendable, CustomTestStringConvertible {
    let testDescription: String, offer: [String]
    /// The m-lines and the direction of our answer.
    let answer: [String]
    var connection = "c=IN IP4 192.0.2.7"
    var address = "192.0.2.7"
    var direction = StreamDirection.sendrecv
}

@Test(arguments: [
    OfferStory(
        testDescription: "no keys offered, none answered", offer: ["m=audio 4000 RTP/AVP 0"],
        answer: ["m=audio 20000 RTP/AVP 0", "a=sendrecv"]),
    OfferStory(
        testDescription: "their order wins", offer: ["m=audio 4000 RTP/AVP 18 0 8"],
        answer: ["m=audio 20000 RTP/AVP 0", "a=sendrecv"]),
    OfferStory(
        testDescription: "a dynamic type", offer: ["m=audio 4000 RTP/AVP 99", "a=rtpmap:99 PCMA/8000"],
        answer: ["m=audio 20000 RTP/AVP 99", "a=sendrecv"]),
    OfferStory(
        testDescription: "other streams are rejected in their places",
        offer: [
            "m=video 5000 RTP/AVP 31 32", "m=audio 4000 RTP/AVP 8", "m=image 6000 udptl t38",
            "m=audio 4002 RTP/AVP 8",
        ],
        answer: [
            "m=video 0 RTP/AVP 31 32", "m=audio 20000 RTP/AVP 8", "a=sendrecv", "m=image 0 udptl t38",
            "m=audio 0 RTP/AVP 8",
        ]),
    OfferStory(
        testDescription: "the first audio that we can take",
        offer: [
            "m=audio 4000 RTP/SAVP 8", "m=audio 0 RTP/AVP 8", "m=audio 4002 RTP/AVP 18",
            "m=audio 4004 RTP/AVP 8",
        ],
        answer: [
            "m=audio 0 RTP/SAVP 8", "m=audio 0 RTP/AVP 8", "m=audio 0 RTP/AVP 18",
            "m=audio 20000 RTP/AVP 8",
            "a=sendrecv",
        ]),
    OfferStory(
        testDescription: "the stream's own address",
        offer: ["m=audio 4000 RTP/AVP 8", "c=IN IP4 192.0.2.9"],
        answer: ["m=audio 20000 RTP/AVP 8", "a=sendrecv"], connection: "c=IN IP6 2001:db8::1",
        address: "192.0.2.9"),
    OfferStory(
        testDescription: "hold is heard", offer: ["m=audio 4000 RTP/AVP 8", "a=sendonly"],
        answer: ["m=audio 20000 RTP/AVP 8", "a=recvonly"], direction: .sendonly),
    OfferStory(
        testDescription: "listening only", offer: ["m=audio 4000 RTP/AVP 8", "a=recvonly"],
        answer: ["m=audio 20000 RTP/AVP 8", "a=sendonly"], direction: .recvonly),
    OfferStory(
        testDescription: "hold for the session", offer: ["a=inactive", "m=audio 4000 RTP/AVP 8"],
        answer: ["m=audio 20000 RTP/AVP 8", "a=inactive"], direction: .inactive),
    OfferStory(
        testDescription: "hold as RFC 2543 had it", offer: ["m=audio 4000 RTP/AVP 8"],
        answer: ["m=audio 20000 RTP/AVP 8", "a=recvonly"], connection: "c=IN IP4 0.0.0.0",
        address: "0.0.0.0",
        direction: .sendonly),
    OfferStory(
        testDescription: "what we do not know is skipped",
        offer: [
            "b=AS:64", "k=prompt", "q=?", "a=group:BUNDLE 1", "m=audio 4000/2 RTP/AVP 8 x9 400",
            "i=label",
            "a=rtpmap:nonsense", "a=rtpmap:8 PCMA/8000", "a=ptime:soon", "a=", "a=crypto:1 AES inline:x",
        ],
        answer: ["m=audio 20000 RTP/AVP 8", "a=sendrecv"]),
])
func offersAreAnswered(_ story: OfferStory) throws {
    var session = bridge
    let text = ["v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", story.connection, "t=0 0"] + story.offer
    let answer = try session.answer(Array(text.joined(separator: "\r\n").utf8))
    let directions = StreamDirection.allCases.map { "a=\($0.rawValue)" }
    #expect(
        lines(answer.text).filter { $0.hasPrefix("m=") || directions.contains($0) } == story.answer)
    #expect(answer.far.address == story.address)
    #expect(answer.far.direction == story.direction)
}

@Test func aSessionIsTheSameAfterTheWire() throws {
    var session = bridge
    let answer = try session.answer(phone)
    #expect(try SessionDescription(parsing: Array(answer.text.utf8)).streams.count == 1)
    var farSession = AudioSession(address: "192.0.2.7", port: 49_170, id: 1)
    _ = farSession.offer()
    #expect(try farSession.accept(Array(answer.text.utf8)).dtmfPayloadType == 96)
}
