import BusContract
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TelephonyModel

/// `GET /v1/events`: server-sent events. First all that the user may see as it stands (his calls, everybody's phone
/// status), then each change; so a client that connects again needs no history.
extension Gateway {
    @Sendable func streamEvents(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let events = try board.subscribe(context.user)
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store", .init("X-Accel-Buffering")!: "no",
        ]
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                for await event in events { try await writer.write(ByteBuffer(string: event.text)) }
                try await writer.finish(nil)
            })
    }
}

/// One server-sent event.
struct BoardEvent: Hashable, Sendable {
    /// As it stands on the wire.
    let text: String

    /// A call's public state.
    /// - Parameter id: the bus event's; nil for the state at the start.
    init(id: String?, call: CallState) { self.init(id, "call", call) }
    /// A user's phone status.
    init(id: String?, presence: UserStatus) { self.init(id, "presence", presence) }

    private init(_ id: String?, _ name: String, _ value: some Encodable) {
        text = (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: \(Self.json(value))\n\n"
    }

    /// One line.
    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            preconditionFailure("a bus value that is no JSON: \(error)")
        }
    }

    /// Keeps proxies from closing a quiet stream, and finds clients that are gone.
    static let keepAlive = BoardEvent(comment: "still here")
    private init(comment: String) { text = ": \(comment)\n\n" }
}
