import BusContract
import Foundation
import Testing

@testable import BusClient

/// Foundation's decoder reads back what our encoder wrote.
@Suite struct JSONStreamEncoderTests {
    private func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONStreamEncoder.encode(value), as: UTF8.self)
    }

    @Test(arguments: Message.all) func everyMessageIsAsFoundationWritesIt(_ message: Message) throws {
        let ours = try JSONDecoder().decode(JSONValue.self, from: Data(JSONStreamEncoder.encode(message.example)))
        let theirs = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(message.example))
        #expect(ours == theirs)
    }

    @Test(arguments: [
        "", "plain", "q\"uote", "back\\slash", "a/b", "line\nbreak\r\ttab", "\u{0}\u{1f}\u{7f}", "Grüße 🎧 \u{2028}",
        "\u{8}\u{c}",
    ])
    func everyTextComesBack(_ string: String) throws {
        let bytes = try JSONStreamEncoder.encode([string])
        #expect(try JSONDecoder().decode([String].self, from: Data(bytes)) == [string])
        #expect(!bytes.contains { $0 < 0x20 })
    }

    @Test func numbersAreThoseOfJSON() throws {
        #expect(try text([0, -1, Int.max, Int.min]) == "[0,-1,9223372036854775807,-9223372036854775808]")
        #expect(try text([0.5, 2, -1e300, 1e-7]) == "[0.5,2,-1e+300,1e-07]")
        #expect(try text([UInt64.max]) == "[18446744073709551615]")
        #expect(throws: EncodingError.self) { try text([Double.nan]) }
        #expect(throws: EncodingError.self) { try text(["x": Double.infinity]) }
    }

    private struct Nothing: Encodable {}
    private struct Part: Encodable {
        var name: String?
        var parts: [Part] = []
        var table: [String: Bool] = [:]
    }
    private enum Choice: Encodable { case bare, with(number: Int, [String]) }

    @Test func emptyAndNestedValues() throws {
        #expect(try text(Nothing()) == "{}")
        #expect(try text([Nothing(), Nothing()]) == "[{},{}]")
        #expect(try text([Int]()) == "[]")
        #expect(try text([String: Int]()) == "{}")
        #expect(try text([nil, true, false]) == "[null,true,false]")
        #expect(
            try text(Part(name: "a", parts: [Part(), Part(table: ["x": true])]))
                == #"{"name":"a","parts":[{"parts":[],"table":{}},{"parts":[],"table":{"x":true}}],"table":{}}"#)
        #expect(try text([Choice.bare, .with(number: 1, ["x"])]) == #"[{"bare":{}},{"with":{"number":1,"_1":["x"]}}]"#)
    }

    /// Writes its members through containers that are opened one in another, and one twice.
    private struct ByHand: Encodable {
        enum Key: CodingKey { case list, object, again }
        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: Key.self)
            var list = members.nestedUnkeyedContainer(forKey: .list)
            try list.encode(1)
            var inner = list.nestedContainer(keyedBy: Key.self)
            try inner.encode("x", forKey: .again)
            var object = members.nestedContainer(keyedBy: Key.self, forKey: .object)
            try object.encodeNil(forKey: .list)
            var again = encoder.container(keyedBy: Key.self)
            try again.encode(2, forKey: .again)
        }
    }

    @Test func containersWithinContainers() throws {
        #expect(
            try text([ByHand(), ByHand()])
                == #"[{0},{0}]"#.replacing(
                    "{0}", with: #"{"list":[1,{"again":"x"}],"object":{"list":null},"again":2}"#))
    }
}
