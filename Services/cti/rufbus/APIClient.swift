import Foundation
import FoundationNetworking

/// One answer of the API.
struct APIAnswer: Sendable {
    let data: Data
    var text: String { String(decoding: data, as: UTF8.self) }
    func value<V: Decodable>(_ type: V.Type) throws -> V { try JSONDecoder().decode(type, from: data) }
}

/// Speaks HTTP with the gateway.
struct APIClient: Sendable {
    let server: String
    let token: String?

    init(_ session: Session) { (server, token) = (session.server, session.token) }
    init(server: String) { (self.server, token) = (server, nil) }

    /// - Throws: `CommandFailure` with the API's sentence, or why the API was not reached.
    func ask(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> APIAnswer {
        var request = try request(method, path)
        if let body {
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await send(request)
        try Self.check(data, response)
        return APIAnswer(data: data)
    }

    func request(_ method: String, _ path: String) throws(CommandFailure) -> URLRequest {
        guard let url = URL(string: server + path), url.scheme?.hasPrefix("http") == true else {
            throw CommandFailure("\"\(server)\" is no address of an API: expected http://HOST:PORT")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        return request
    }

    private func send(_ request: URLRequest) async throws(CommandFailure) -> (Data, URLResponse) {
        do { return try await URLSession.shared.data(for: request) } catch {
            throw CommandFailure("\(server) cannot be reached: \(error.localizedDescription)")
        }
    }

    private struct Problem: Decodable { let detail: String }

    static func check(_ data: Data, _ response: URLResponse) throws {
        guard let status = (response as? HTTPURLResponse)?.statusCode, !(200...299).contains(status) else { return }
        do { throw CommandFailure(try JSONDecoder().decode(Problem.self, from: data).detail) } catch is DecodingError {
            throw CommandFailure("the server answered \(status): is this a Rufbus gateway?")
        }
    }
}
