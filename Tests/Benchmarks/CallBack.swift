import BusContract
import Foundation
import FoundationNetworking
import LocalHouse

/// Makes outgoing calls by the public API, each by another user.
struct CallBack: Sendable {
    private let server: String
    private let tokens: [String]

    /// Logs everybody in: what a log-in costs does not count.
    init(stage: BenchStage) async throws {
        server = stage.house.apiURL
        var tokens: [String] = []
        for user in 0..<BenchStage.users {
            let body = ["user": BenchStage.userID(user).rawValue, "password": BenchStage.password]
            let answer = try await Self.ask(server + "/v1/login", nil, body, expect: 200)
            guard let token = (answer as? [String: Any])?["token"] as? String else {
                throw HouseError("a login without token: \(answer)")
            }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    /// `count` calls, `rate` a second; returns when all are taken.
    func make(_ count: Int, rate: Int) async throws {
        let begin = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                try await Task.sleep(until: begin + .milliseconds(number * 1_000 / rate))
                group.addTask { try await call(by: number % BenchStage.users) }
            }
            try await group.waitForAll()
        }
    }

    /// The number hangs up by itself (`answer.xml`).
    private func call(by user: Int) async throws {
        _ = try await Self.ask(
            server + "/v1/calls", tokens[user], ["to": "+4989777\(10_000 + user)"], expect: 202)
    }

    private static func ask(_ url: String, _ token: String?, _ body: [String: String], expect: Int) async throws
        -> Any
    {
        guard let address = URL(string: url) else { throw HouseError("\(url) is no URL") }
        var request = URLRequest(url: address)
        request.httpMethod = "POST"
        request.httpBody = try JSONSerialization.data(withJSONObject: body)
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == expect else {
            throw HouseError("\(url): \(String(decoding: data, as: UTF8.self))")
        }
        return try JSONSerialization.jsonObject(with: data)
    }
}
