import BusContract
import Foundation
import TelephonyModel
import Testing

@Suite struct EnvelopeTests {
    private struct Fact: Codable, Hashable, Sendable { var phase: CallPhase, reason: EndReason? }

    private func decode(_ data: String, more: String = "", version: String = "1.0") throws -> Envelope<Fact> {
        let text = """
            {"specversion": "\(version)", "id": "1", "source": "rufbus/signaling/a1", "type": "rufbus.call.ended.v1",
             "time": "2026-03-01T12:00:00.000Z", \(more) "data": \(data)}
            """
        return try JSONDecoder().decode(Envelope<Fact>.self, from: Data(text.utf8))
    }

    @Test func casesOfANewerVersionAreUnknown() throws {
        let envelope = try decode(#"{"phase": "parked", "reason": "abductedByAliens"}"#)
        #expect(envelope.data == Fact(phase: .unknown, reason: .unknown))
    }

    @Test func aPositionIsFlat() throws {
        let more = #""seat": "anna", "call": "c1", "conversation": "c0", "epoch": 2, "sequence": 9,"#
        let envelope = try decode(#"{"phase": "ended"}"#, more: more)
        let position = CallPosition(
            seat: UserID(unchecked: "anna"), call: CallID(unchecked: "c1"), conversation: CallID(unchecked: "c0"),
            epoch: 2, sequence: 9)
        #expect(envelope.position == position)
        let json = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(envelope)) as? [String: Any])
        #expect(json["seat"] as? String == "anna" && json["sequence"] as? Int == 9)
        #expect(json["datacontenttype"] as? String == "application/json" && json["position"] == nil)
    }

    /// What is no envelope, and the words that say so.
    @Test(arguments: [
        (#""seat": "anna", "call": "c1","#, "1.0", "conversation"),
        (#""call": "c1","#, "1.0", "seat"),
        (#""call": "C 1", "seat": "anna", "conversation": "c", "epoch": 1, "sequence": 1,"#, "1.0", "[a-z0-9-]"),
        (#""call": "c", "seat": "anna", "conversation": "c", "epoch": "1", "sequence": 1,"#, "1.0", "epoch"),
        ("", "0.3", "specversion must be 1.0, is 0.3"),
    ])
    func saysWhatIsWrong(_ more: String, _ version: String, _ words: String) {
        #expect {
            try decode(#"{"phase": "ended"}"#, more: more, version: version)
        } throws: {
            "\($0)".contains(words)
        }
    }

    @Test func repliesAreAnAnswerOrARefusal() throws {
        func decode(_ text: String) throws -> Reply<Done> {
            try JSONDecoder().decode(Reply<Done>.self, from: Data(text.utf8))
        }
        guard case .answer = try decode(#"{"answer": {}}"#) else {
            Issue.record("no answer")
            return
        }
        guard case .refusal(let refusal) = try decode(#"{"refusal": {"status": 409, "code": "x", "sentence": "y"}}"#)
        else {
            Issue.record("no refusal")
            return
        }
        #expect(refusal == Refusal(409, "x", "y"))
        #expect(throws: DecodingError.self) { try decode("{}") }
        #expect(Originate.replyType == "rufbus.signaling.originate-reply.v1")
    }
}

@Suite struct NewestTests {
    private func position(_ epoch: Int, _ sequence: Int) -> CallPosition {
        CallPosition(
            seat: UserID(unchecked: "anna"), call: CallID(unchecked: "c"), conversation: CallID(unchecked: "c"),
            epoch: epoch, sequence: sequence)
    }

    /// In whatever order and how often events come, the one with the highest (epoch, sequence) stays.
    @Test func theHighestWinsInEveryOrder() {
        var generator = SystemRandomNumberGenerator()
        let places = [(1, 1), (1, 2), (1, 7), (2, 1), (2, 3), (3, 1)]
        for _ in 0..<200 {
            let order = (places + places).shuffled(using: &generator)
            var newest = Newest("\(order[0])", at: position(order[0].0, order[0].1))
            for place in order.dropFirst() { _ = newest.offer("\(place)", at: position(place.0, place.1)) }
            #expect(newest.value == "(3, 1)" && newest.position == position(3, 1))
        }
    }

    @Test func anEqualOneChangesNothing() {
        var newest = Newest("first", at: position(1, 4))
        let taken = [newest.offer("second", at: position(1, 4)), newest.offer("older", at: position(1, 3))]
        #expect(taken == [false, false] && newest.value == "first")
        let isTaken = newest.offer("adopted", at: position(2, 1))
        #expect(isTaken && newest.value == "adopted")
    }
}
