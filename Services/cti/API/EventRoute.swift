import BusContract
import HTTPTypes
import Hummingbird
import NIOCore
import TelephonyModel

/// `GET /v1/events`: server-sent events. First all that the user may see as it stands (his calls, everybody's phone
/// status), then each change; so a client that connects again needs no history.
extension Gateway {
    @Sendable func streamEvents(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let events = board.subscribe(context.user)
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

    /// - Parameters:
    ///   - id: the bus event's id; nil for the state at the start.
    ///   - name: `call` (data: the call's public state) or `presence` (data: a user's status).
    ///   - json: one line.
    init(id: String?, name: String, json: String) {
        text = (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: \(json)\n\n"
    }

    /// Keeps proxies from closing a quiet stream, and finds clients that are gone.
    static let keepAlive = BoardEvent(comment: "still here")
    private init(comment: String) { text = ": \(comment)\n\n" }
}
