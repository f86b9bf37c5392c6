import BusContract
import Foundation
import TestSupport
import Testing

@testable import BusClient

/// Our decoder takes what Foundation's takes, and refuses what it refuses.
@Suite struct JSONStreamDecoderTests {
    private func ours<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONStreamDecoder.decode(type, Array(text.utf8))
    }
    private func theirs<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// What came of reading, so that it can be compared: the value, or the kind of error and its path.
    private enum Outcome<T: Decodable & Equatable>: Equatable {
        case value(T), missing([String]), wrong([String]), corrupt, other

        /// The value, if there is one.
        var value: T? {
            guard case .value(let value) = self else { return nil }
            return value
        }

        init(_ read: () throws -> T) {
            do { self = .value(try read()) } catch let error as DecodingError { self = Self.named(error) } catch {
                self = .other
            }
        }

        private static func named(_ error: DecodingError) -> Outcome {
            func path(_ context: DecodingError.Context) -> [String] { context.codingPath.map(\.stringValue) }
            return switch error {
            case .keyNotFound(let key, let context): .missing(path(context) + [key.stringValue])
            case .typeMismatch(_, let context), .valueNotFound(_, let context): .wrong(path(context))
            case .dataCorrupted: .corrupt
            @unknown default: .other
            }
        }
    }

    private func bothRead<T: Decodable & Equatable>(
        _ type: T.Type, _ text: String, _ place: SourceLocation = #_sourceLocation
    ) {
        let (mine, foundation) = (Outcome { try ours(type, text) }, Outcome { try theirs(type, text) })
        #expect(mine == foundation, "\(text)", sourceLocation: place)
    }

    @Test(arguments: Message.all) func everyMessageComesBack(_ message: Message) throws {
        let bytes = try JSONStreamEncoder.encode(message.example)
        let theirs = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        #expect(try JSONStreamDecoder.decode(JSONValue.self, bytes) == theirs)
        let again = try JSONStreamEncoder.encode(Self.decoded(message.example, bytes))
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(again)) == theirs)
    }

    private static func decoded<E: Codable & Sendable>(_ example: E, _ bytes: [UInt8]) throws -> any Encodable {
        try JSONStreamDecoder.decode(E.self, bytes)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "tru", "True", "01", "-", "1.", ".5", "1e", "1e+", "+1", "1 2", "[1,]", "[,1]",
        "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{\"a\":1 \"b\":2}", "[1}", "{\"a\":1]", "[", "{", "{\"a\"",
        "\"open", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
        "\"tab\there\"", "\"line\nbreak\"", "NaN", "Infinity", "'a'", "// x\n1", "[1]]", "\u{0}1", "\"a\u{0}b\"",
    ])
    func whatIsNoJSONIsRefused(_ text: String) {
        #expect(Outcome { try ours(AnyPayload.self, text) } == .corrupt)
    }

    @Test(arguments: [
        "null", " true ", "\t[\r\n1 , 2\n]", "{}", "[]", "{\"a\":{}}", "\"\"", "\"a/b\\/c\\\"\\\\\\b\\f\\n\\r\\t\"",
        "\"\\u0041\\u00e9\\u4e2d\\ud83c\\udfa7\"", "\"Grüße 🎧\u{2028}\u{7f}\"", "{\"\\u0061\":1}", "{\"\":[]}", "-0",
        "-0.0", "0.1", "1E3", "1e-2", "123456789012345678", "1234567890123456789", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "1e400", "1.0", "100e-2", "18446744073709551615", "1e19",
    ])
    func everyKindOfValueIsReadAlike(_ text: String) {
        bothRead(JSONValue.self, text)
        bothRead([JSONValue].self, "[\(text)]")
        bothRead(String.self, text)
        bothRead(Double.self, text)
        bothRead(Int.self, text)
        bothRead(Int8.self, text)
        bothRead(UInt64.self, text)
        bothRead(UInt16?.self, text)
        bothRead(Bool.self, text)
        bothRead([String: Int?].self, text)
    }

    private struct Part: Codable, Equatable {
        var name: String?
        var flag: Bool?
        var number: Int?
        var small: UInt8 = 0
        var parts: [Part] = []
        var choice: Choice?
        var table: [String: Double?] = [:]
    }
    private enum Choice: Codable, Equatable { case bare, with(number: Int, [String]) }

    @Test(arguments: [
        #"{"small":1,"parts":[],"table":{}}"#, #"{"name":null,"small":1,"parts":[],"table":{"x":null,"y":1.5}}"#,
        #"{"small":1,"parts":[{"small":300,"parts":[],"table":{}}],"table":{}}"#,
        #"{"small":1,"parts":[{"small":3,"table":{}}],"table":{}}"#, #"{"small":1,"parts":[null],"table":{}}"#,
        #"{"small":1,"parts":{},"table":{}}"#, #"{"small":1,"parts":[],"table":{"x":"y"}}"#, #"[]"#, #"null"#,
        #"{"small":null,"parts":[],"table":{}}"#, #"{"small":"1","parts":[],"table":{}}"#,
        #"{"small":1,"small":2,"parts":[],"table":{"a":1,"a":2}}"#, #"{"small":-1,"parts":[],"table":{}}"#,
        #"{"small":1,"parts":[],"table":{},"choice":{"bare":{}}}"#,
        #"{"small":1,"parts":[],"table":{},"choice":{"with":{"number":1,"_1":["x"]}}}"#,
        #"{"small":1,"parts":[],"table":{},"choice":{"with":{"number":1,"_1":[2]}}}"#,
        #"{"small":1,"parts":[],"table":{},"choice":{"new":{}}}"#, #"{"flag":1,"small":1,"parts":[],"table":{}}"#,
        #"{"number":1.5,"small":1,"parts":[],"table":{}}"#, #"{"unknown":[{"x":[]}],"small":1,"parts":[],"table":{}}"#,
    ])
    func membersAreReadAlikeAndErrorsSayWhere(_ text: String) {
        bothRead(Part.self, text)
        bothRead([Part].self, "[\(text)]")
    }

    /// Reads its members through containers that are opened one in another.
    private struct ByHand: Decodable, Equatable {
        enum Key: CodingKey { case list, object }
        var numbers: [Int] = [], keys: [String] = [], rest: [Int] = [], hasMore = false, isNull = false
        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            var list = try members.nestedUnkeyedContainer(forKey: .list)
            numbers.append(try list.decode(Int.self))
            if (try? list.decode(String.self)) == nil { numbers.append(try list.decode(Int.self)) }
            let inner = try list.nestedContainer(keyedBy: Key.self)
            keys = inner.allKeys.map(\.stringValue)
            isNull = try list.decodeNil()
            var last = try list.nestedUnkeyedContainer()
            while !last.isAtEnd { rest.append(try last.decode(Int.self)) }
            hasMore = !list.isAtEnd
            numbers.append(list.currentIndex)
            rest.append(try [Int](from: members.superDecoder(forKey: .object)).count)
        }
    }

    @Test(arguments: [
        #"{"list":[1,2,{"list":1,"other":2},null,[3,4]],"object":[7]}"#,
        #"{"list":[1,2,{"list":1},5,[3,4]],"object":[7]}"#, #"{"list":[1],"object":[]}"#, #"{"list":[]}"#,
        #"{"list":[1,2,{},null,[3,"x"]],"object":[]}"#, #"{"list":[1,2,{},null,[],6],"object":[1,{}]}"#,
    ])
    func containersWithinContainers(_ text: String) { bothRead(ByHand.self, text) }

    @Test func depthHasALimit() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: DecodingError.self) { try ours(AnyPayload.self, nested(100_000)) }
        _ = try ours(AnyPayload.self, nested(500))
        _ = try theirs(AnyPayload.self, nested(500))
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80]] {
            let text = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
            #expect(throws: DecodingError.self) { try JSONStreamDecoder.decode(AnyPayload.self, text) }
        }
    }

    // MARK: Seeded random

    private static let seeds = 0..<400

    @Test func randomTextsAreReadAlike() {
        for seed in Self.seeds {
            var random = SeededRandom(seed: UInt64(seed))
            let text = RandomJSON.text(depth: 4, using: &random)
            #expect(
                Outcome { try ours(JSONValue.self, text) } == Outcome { try theirs(JSONValue.self, text) }, "\(seed)")
        }
    }

    /// Some bytes are changed, cut or doubled. Foundation's takes commas at the end and what it never looks at; what
    /// ours takes it reads alike.
    @Test func damagedTextsAreRefusedOrReadAlike() {
        var refused = 0
        for seed in Self.seeds {
            var random = SeededRandom(seed: UInt64(seed))
            let whole = Array(RandomJSON.text(depth: 4, using: &random).utf8)
            for _ in 0..<10 {
                guard let text = String(validating: RandomJSON.damaged(whole, using: &random), as: UTF8.self) else {
                    continue
                }
                let value = Outcome { try ours(JSONValue.self, text) }.value
                if let value {
                    #expect(Outcome { try theirs(JSONValue.self, text) } == .value(value), "\(seed): \(text)")
                }
                refused += value == nil ? 1 : 0
            }
        }
        #expect(refused > 1_000)
    }
}

/// Makes JSON texts.
private enum RandomJSON {
    static func text(depth: Int, using random: inout SeededRandom) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: ["null", "true", "false"].randomElement(using: &random) ?? "null"
        case 1: "\(Int64.random(in: .min ... .max, using: &random) >> Int.random(in: 0..<64, using: &random))"
        case 2: "\(Double.random(in: -1e6...1e6, using: &random))"
        case 3: "\(Int.random(in: -99...99, using: &random))e\(Int.random(in: -30...30, using: &random))"
        case 4: string(using: &random)
        case 5, 6: "{" + list(depth, &random) { string(using: &$0) + space(&$0) + ":" } + "}"
        default: "[" + list(depth, &random) { _ in "" } + "]"
        }
    }

    private static func list(
        _ depth: Int, _ random: inout SeededRandom, _ name: (inout SeededRandom) -> String
    ) -> String {
        (0..<Int.random(in: 0..<5, using: &random)).map { _ in
            space(&random) + name(&random) + space(&random) + text(depth: depth - 1, using: &random) + space(&random)
        }.joined(separator: ",")
    }

    private static func space(_ random: inout SeededRandom) -> String {
        ["", "", "", " ", "\n\t", "\r"].randomElement(using: &random) ?? ""
    }

    private static func string(using random: inout SeededRandom) -> String {
        let parts = [
            "a", "call", "é", "🎧", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\ud83c\\udfa7", "\\u00e9", " ", "\u{7f}",
        ]
        return "\""
            + (0..<Int.random(in: 0..<6, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
            .joined()
            + "\""
    }

    static func damaged(_ text: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        var text = text
        guard let place = text.indices.randomElement(using: &random) else { return text }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: text.remove(at: place)
        case 1: text.insert(text.randomElement(using: &random) ?? 0, at: place)
        case 2: text[place] = Array("{}[]\",:\\ue0-+.1tfn \n".utf8).randomElement(using: &random) ?? 0
        default: text.removeSubrange(place...)
        }
        return text
    }
}
