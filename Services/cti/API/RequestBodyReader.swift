import BusContract
import Foundation
import Hummingbird
import NIOCore

/// A JSON object that a client sent, read field by field: what is missing, of the wrong type or unknown is named.
struct RequestBodyReader {
    private let fields: [String: JSONValue]

    /// - Parameter known: all fields that the request may have.
    /// - Throws: 400 with the field's name; 413 over `maxUploadSize`.
    init(_ request: Request, _ context: GatewayContext, known: Set<String>) async throws {
        let body = try await request.body.collect(upTo: context.maxUploadSize)
        try self.init(Data(buffer: body), known: known)
    }

    init(_ body: Data, known: Set<String>) throws(Refusal) {
        guard let value = Self.decode(body), case .object(let fields) = value else {
            throw Refusal(400, "no-json-object", "The body must be a JSON object: {\(Self.list(known))}.")
        }
        let unknown = Set(fields.keys).subtracting(known)
        guard unknown.isEmpty else {
            throw Refusal(
                400, "unknown-field",
                "Unknown field \(Self.list(unknown)): leave it out, or check its spelling. Known: \(Self.list(known)).")
        }
        self.fields = fields
    }

    func text(_ name: String) throws(Refusal) -> String {
        guard let text = try optionalText(name) else {
            throw Refusal(400, "missing-field", "The field \"\(name)\" is missing: it must be a string.")
        }
        return text
    }

    func optionalText(_ name: String) throws(Refusal) -> String? {
        switch fields[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw Refusal(400, "wrong-type", "The field \"\(name)\" must be a string.")
        }
    }

    func optionalValue(_ name: String) -> JSONValue? { fields[name].flatMap { $0 == .null ? nil : $0 } }

    private static func decode(_ body: Data) -> JSONValue? {
        // Why a text is no JSON helps nobody who wrote it by hand; the answer shows what is expected.
        do { return try JSONDecoder().decode(JSONValue.self, from: body) } catch { return nil }
    }

    private static func list(_ names: Set<String>) -> String {
        names.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    }
}
