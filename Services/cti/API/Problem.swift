import BusContract
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// problem+json (RFC 9457): what a refusal looks like to a client.
struct Problem: Codable, Hashable, Sendable {
    /// About the kind of problem; there is no page to look at.
    var type = "about:blank"
    /// The status in words.
    var title: String
    var status: Int
    /// What is wrong and what to do, for people.
    var detail: String
    /// Stable, for programs: "no-line".
    var code: String

    init(_ refusal: Refusal) {
        let status = HTTPResponse.Status(code: refusal.status)
        (title, self.status) = (status.reasonPhrase, refusal.status)
        (detail, code) = (refusal.sentence, refusal.code)
    }

    func response() throws -> Response {
        var response = try Response.json(self, status: HTTPResponse.Status(code: status))
        response.headers[.contentType] = "application/problem+json"
        if status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

/// Turns what a route throws into a problem, and writes one log line per request.
struct ProblemMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let response = try await answer(request, context, next)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
            ])
        return response
    }

    private func answer(
        _ request: Request, _ context: GatewayContext, _ next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch let refusal as Refusal {
            return try Problem(refusal).response()
        } catch let error as any HTTPResponseError {
            return try Problem(refusal(for: error.status)).response()
        } catch {
            context.logger.error("a request failed in the gateway", metadata: ["error": "\(error)"])
            let sentence = "The gateway failed; the log says why. Try again, and tell your administrator."
            return try Problem(Refusal(500, "gateway-failed", sentence)).response()
        }
    }

    /// What the HTTP library itself refuses.
    private func refusal(for status: HTTPResponse.Status) -> Refusal {
        switch status {
        case .contentTooLarge: Refusal(413, "too-large", "The request's body is larger than 16 KiB: send less.")
        case .notFound: Refusal(404, "no-such-path", "There is nothing here: docs/openapi.yaml lists all paths.")
        default: Refusal(status.code, "refused", "The request was refused: \(status.reasonPhrase).")
        }
    }
}

extension Response {
    /// Keys in a fixed order, so that answers can be compared.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = ByteBuffer(bytes: try encoder.encode(value))
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: body))
    }
}
