import BusContract
import Foundation
import Testing

/// A Double would make 9007199254740992 of it.
@Test func aWholeNumberInTheContextStaysExact() throws {
    let text = #"{"big":9007199254740993,"half":0.5,"least":-9223372036854775808}"#
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(value), as: UTF8.self) == text)
}
