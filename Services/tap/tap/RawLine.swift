import BusClient
import Foundation
import TelephonyModel

/// A line of `rufbus-tap --raw`: a message as it came, or what is not there to be shown, where it would have stood.
enum RawLine: Sendable {
    case message(Overheard, hasEnvelope: Bool)
    /// `messages` is nil if nobody knows how many.
    case gap(messages: Int? = nil, call: CallID? = nil, why: String)

    /// How many messages it stands for.
    var messages: Int {
        switch self {
        case .message: 1
        case .gap(let messages, _, _): messages ?? 0
        }
    }

    /// One JSON object and a line's end.
    func bytes() throws -> [UInt8] {
        switch self {
        case .message(let message, let hasEnvelope):
            Array(try Self.head(message).utf8) + Self.content(message.body, hasEnvelope) + Array("}\n".utf8)
        case .gap(let messages, let call, let why):
            Array((try Self.json(["gap": Gap(messages: messages, call: call, why: why)]) + "\n").utf8)
        }
    }

    private struct Gap: Encodable { var messages: Int?, call: CallID?, why: String }

    private static func head(_ message: Overheard) throws -> String {
        #"{"exchange":\#(try json(message.exchange)),"key":\#(try json(message.key)),"#
    }

    /// The bytes as they came, if they are JSON. A line break within JSON is formatting (in a text it is written `\n`):
    /// here it is a space.
    private static func content(_ body: [UInt8], _ hasEnvelope: Bool) -> [UInt8] {
        guard isJSON(body, hasEnvelope) else {
            return Array(#""base64":"\#(Data(body).base64EncodedString())""#.utf8)
        }
        return Array(#""message":"#.utf8) + body.map { $0 == 10 || $0 == 13 ? 32 : $0 }
    }

    /// Whether the bytes are one JSON value in UTF-8. Whatever has an envelope was read as JSON already.
    private static func isJSON(_ body: [UInt8], _ hasEnvelope: Bool) -> Bool {
        guard String(validating: body, as: UTF8.self) != nil else { return false }
        if hasEnvelope { return true }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)
            return true
        } catch { return false }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
