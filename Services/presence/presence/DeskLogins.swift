import BusClient
import BusContract
import Postgres
import PresenceCore
import TelephonyModel

/// Log-ins: a password for a token, and whose token it is.
extension Desk {
    /// How long a token is good for, in milliseconds.
    static let tokenMs: Int64 = 12 * 3_600_000
    /// Passwords that may wait to be looked at; with more, answers would come too late.
    private static let waitingLogins = 20
    private static let wrong = Refusal(
        401, "wrong-login", "User or password is wrong: check both, capital letters too.")
    private static let badToken = Refusal(401, "bad-token", "You are not logged in any more: log in again.")

    func login(_ name: String, _ password: String, _ responder: Responder<PresenceQuery.Answer>) {
        guard let user = UserID(rawValue: name), password.utf8.count <= PasswordHash.longest else {
            return responder.refuse(Self.wrong)
        }
        do throws(Refusal) {
            let stored = try memory.withLock { memory throws(Refusal) in try memory.begin(user) }
            passwords.async { [self] in
                let isRight = PasswordHash.matches(password, stored ?? unknownHash) && stored != nil
                memory.withLock { memory in
                    memory.logins -= 1
                    if isRight { memory.throttle.right(name) }
                }
                guard isRight else { return responder.refuse(Self.wrong) }
                Task { await self.give(user, responder) }
            }
        } catch {
            responder.refuse(error)
        }
    }

    func holder(of token: String, _ responder: Responder<PresenceQuery.Answer>) {
        guard token.utf8.count == Self.tokenLetters else { return responder.refuse(Self.badToken) }
        if let known = memory.withLock({ $0.tokens[token] }) { return answer(token, known, responder) }
        Task {
            do throws(PostgresError) {
                let found = try await database.run { (connection) throws(PostgresError) in
                    try connection.holder(of: token)
                }
                guard let found else { return responder.refuse(Self.badToken) }
                answer(token, Holder(user: found.user, expiresAt: found.expiresAt), responder)
            } catch {
                logger.warning("a token cannot be looked up", metadata: ["error": "\(error)"])
                responder.refuse(.databaseAway)
            }
        }
    }

    /// Forgets tokens that have expired.
    func dropOldTokens() async {
        let now = Clock.wallMs()
        memory.withLock { memory in memory.tokens = memory.tokens.filter { $0.value.expiresAt > now } }
        do throws(PostgresError) {
            try await database.run { (connection) throws(PostgresError) in try connection.dropTokens(expiredAt: now) }
        } catch {
            logger.debug("old tokens stay for now", metadata: ["error": "\(error)"])
        }
    }

    private func answer(_ token: String, _ holder: Holder, _ responder: Responder<PresenceQuery.Answer>) {
        let isGood = memory.withLock { memory in
            guard holder.expiresAt > Clock.wallMs(), memory.directory.user(holder.user) != nil else {
                memory.tokens[token] = nil
                return false
            }
            memory.tokens[token] = holder
            return true
        }
        guard isGood else { return responder.refuse(Self.badToken) }
        responder.answer(.holder(holder.user, expiresAt: Timestamp.text(milliseconds: holder.expiresAt)))
    }

    private func give(_ user: UserID, _ responder: Responder<PresenceQuery.Answer>) async {
        let token = Self.newToken()
        let holder = Holder(user: user, expiresAt: Clock.wallMs() + Self.tokenMs)
        do throws(Refusal) {
            try await change { (connection) throws(PostgresError) in
                try connection.keep(token, of: user, until: holder.expiresAt)
            }
            memory.withLock { $0.tokens[token] = holder }
            let expiresAt = Timestamp.text(milliseconds: holder.expiresAt)
            responder.answer(.loggedIn(token: token, expiresAt: expiresAt, user: user))
        } catch {
            responder.refuse(error)
        }
    }

    private static let tokenLetters = 64

    /// 256 random bits in hexadecimal.
    private static func newToken() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    fileprivate static let tooMany = Refusal(
        503, "login-busy", "Many people log in right now: try again in a few seconds.")
    fileprivate static func canWait(_ logins: Int) -> Bool { logins < waitingLogins }
}

extension Desk.Memory {
    /// - Returns: the stored hash; nil if there is no such user.
    /// - Throws: 403 while the name is locked; 503 when too many wait.
    fileprivate mutating func begin(_ user: UserID) throws(Refusal) -> String? {
        guard Desk.canWait(logins) else { throw Desk.tooMany }
        if let waitMs = throttle.begin(user.rawValue, now: Clock.steadyMs()) {
            throw Refusal(
                403, "login-locked",
                "There were too many wrong passwords for \"\(user)\": wait \((waitMs + 999) / 1_000) s, then try again."
            )
        }
        logins += 1
        return directory.passwordHash(of: user)
    }
}
