import BusContract
import Foundation
import Hummingbird
import Synchronization
import TelephonyModel

/// Lets a request through whose bearer token (RFC 6750) presence knows, and tells the routes whose it is.
struct BearerMiddleware: RouterMiddleware {
    let house: any GatewayHouse
    let tokens: TokenMemory

    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.authenticate(try await holder(of: try token(in: request)))
        return try await next(request, context)
    }

    private func token(in request: Request) throws(Refusal) -> String {
        let words = request.headers[.authorization]?.split(separator: " ") ?? []
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            throw Refusal(
                401, "no-token", "Send the header \"Authorization: Bearer TOKEN\"; POST /v1/login gives the token.")
        }
        return String(words[1])
    }

    private func holder(of token: String) async throws(Refusal) -> UserID {
        if let user = tokens.holder(of: token) { return user }
        guard case .holder(let user, _) = try await house.ask(PresenceQuery(.token(token)), of: nil) else {
            throw Refusal.wrongAnswer
        }
        tokens.remember(token, user)
        return user
    }
}

/// Who holds a token, for a few seconds, so that not every request asks presence. A token that was revoked works that
/// much longer.
final class TokenMemory: Sendable {
    private static let seconds = 10
    private static let most = 10_000
    private typealias Entry = (user: UserID, until: ContinuousClock.Instant)
    private let entries = Mutex<[String: Entry]>([:])

    func holder(of token: String) -> UserID? {
        entries.withLock { entries in
            guard let entry = entries[token], entry.until > .now else { return nil }
            return entry.user
        }
    }

    func remember(_ token: String, _ user: UserID) {
        entries.withLock { entries in
            if entries.count >= Self.most { entries = [:] }
            entries[token] = (user, .now + .seconds(Self.seconds))
        }
    }
}

extension Gateway {
    /// `POST /v1/login {user, password}` -> `{token, expiresAt, user}`.
    @Sendable func login(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await RequestBodyReader(request, context, known: ["user", "password"])
        let question = PresenceQuery.Question.login(user: try body.text("user"), password: try body.text("password"))
        guard case .loggedIn(let token, let expiresAt, let user) = try await house.ask(PresenceQuery(question), of: nil)
        else { throw Refusal.wrongAnswer }
        return try .json(["token": token, "expiresAt": expiresAt, "user": user.rawValue])
    }
}

extension Refusal {
    /// Presence is of another version, and answered a question with something else.
    static var wrongAnswer: Refusal {
        Refusal(503, "wrong-answer", "The directory gave an answer that does not fit: try again.")
    }
}
