import BusContract
import Foundation
import FoundationNetworking
import TelephonyModel

/// A user of the HTTP API (docs/openapi.yaml), logged in.
public struct APIClient: Sendable {
    public let base: String
    public let token: String

    /// What the API answers when it does not do what was asked (problem+json).
    public struct Refused: Error, Sendable, Codable, CustomStringConvertible {
        public let status: Int
        public let code: String
        public let detail: String
        public var description: String { "\(status) \(code): \(detail)" }
    }

    public static func login(_ base: String, _ user: String, password: String) async throws -> APIClient {
        struct Answer: Decodable { var token: String }
        let nobody = APIClient(base: base, token: "")
        let answer: Answer = try await nobody.ask("POST", "/v1/login", ["user": user, "password": password])
        return APIClient(base: base, token: answer.token)
    }

    /// makeCall. Answers the call's state as taken.
    public func call(_ number: String, device: String? = nil) async throws -> CallState {
        var body = ["to": number]
        body["device"] = device
        return try await ask("POST", "/v1/calls", body)
    }

    public func calls() async throws -> [CallState] {
        struct Answer: Decodable { var calls: [CallState] }
        let answer: Answer = try await ask("GET", "/v1/calls")
        return answer.calls
    }

    public func call(_ id: CallID) async throws -> CallState { try await ask("GET", "/v1/calls/\(id)") }

    /// clearConnection.
    public func hangUp(_ id: CallID) async throws { _ = try await send("DELETE", "/v1/calls/\(id)", nil) }

    public func decline(_ id: CallID) async throws { _ = try await send("POST", "/v1/calls/\(id)/decline", nil) }

    /// deflectCall, to another device of the user's.
    public func deflect(_ id: CallID, toDevice device: String) async throws {
        _ = try await send("POST", "/v1/calls/\(id)/deflect", JSONEncoder().encode(["device": device]))
    }

    /// deflectCall, to a number as people write it.
    public func deflect(_ id: CallID, to number: String) async throws {
        _ = try await send("POST", "/v1/calls/\(id)/deflect", JSONEncoder().encode(["to": number]))
    }

    /// Makes a device the active one.
    public func use(_ device: String) async throws {
        _ = try await send("PUT", "/v1/me/devices/active", JSONEncoder().encode(["device": device]))
    }

    /// Makes a ring plan the active one.
    public func use(plan: String) async throws {
        _ = try await send("PUT", "/v1/me/devices/active", JSONEncoder().encode(["plan": plan]))
    }

    public func status(of user: String) async throws -> UserStatus { try await ask("GET", "/v1/presence/\(user)") }

    public func journal(_ call: CallID) async throws -> JournalEntry? {
        struct Answer: Decodable { var entries: [JournalEntry] }
        let answer: Answer = try await ask("GET", "/v1/journal?call=\(call)")
        return answer.entries.first
    }

    /// The entry of a call, once all its events are there.
    public func finalEntry(_ call: CallID, limit: Duration = .seconds(10)) async throws -> JournalEntry {
        let end = ContinuousClock.now + limit
        while true {
            if let entry = try await journal(call), entry.final { return entry }
            if ContinuousClock.now > end { throw HouseError("call \(call) has no final journal entry after \(limit)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Waits until the call is in one of these phases.
    @discardableResult
    public func wait(_ call: CallID, _ phases: Set<CallPhase>, limit: Duration = .seconds(20)) async throws
        -> CallState
    {
        let end = ContinuousClock.now + limit
        while true {
            let state = try await self.call(call)
            if phases.contains(state.phase) { return state }
            if ContinuousClock.now > end {
                throw HouseError("call \(call) is \(state.phase) after \(limit), not one of \(phases)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func ask<Answer: Decodable>(_ method: String, _ path: String, _ body: [String: String]? = nil)
        async throws -> Answer
    {
        let bytes = try await send(method, path, body.map { try JSONEncoder().encode($0) })
        return try JSONDecoder().decode(Answer.self, from: bytes)
    }

    private func send(_ method: String, _ path: String, _ body: Data?) async throws -> Data {
        guard let url = URL(string: base + path) else { throw HouseError("\(base + path) is no address") }
        var request = URLRequest(url: url, timeoutInterval: 10)
        request.httpMethod = method
        request.httpBody = body
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "Content-Type") }
        if !token.isEmpty { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let status = (response as? HTTPURLResponse)?.statusCode, !(200..<300).contains(status) else {
            return data
        }
        throw try JSONDecoder().decode(Refused.self, from: data)
    }
}
