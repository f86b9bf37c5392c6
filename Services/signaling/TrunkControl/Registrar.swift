import TelephonyModel

/// One registration (RFC 3261 §10): when to say REGISTER next.
struct Registrar: Codable, Hashable, Sendable {
    enum Standing: Codable, Hashable, Sendable {
        case none
        case registered(until: Instant)
        /// User or password are not taken; in words.
        case refused(String)
    }
    /// A registrar that does not know us is asked again after this, so that a mistake is no storm.
    static let refusedMs: Int64 = 300_000
    static let longestPauseMs: Int64 = 60_000
    /// Longest expiry that a registrar may ask for with 423.
    static let longestExpiry = 3_600

    private(set) var standing = Standing.none
    /// For how long we ask.
    private(set) var expirySeconds: Int
    /// Refusals and silences in a row.
    private(set) var failures = 0
    private(set) var isAsking = false

    init(expirySeconds: Int) { self.expirySeconds = expirySeconds }

    func isRegistered(at now: Instant) -> Bool {
        if case .registered(let until) = standing { now < until } else { false }
    }

    var refusal: String? { if case .refused(let words) = standing { words } else { nil } }

    mutating func asks() { isAsking = true }

    /// When to ask next.
    mutating func answered(_ answer: TargetAnswer, at now: Instant) -> Instant {
        isAsking = false
        switch answer.status {
        case 200..<300: return registered(answer, at: now)
        case 423 where raise(to: answer.leastSeconds): return now
        case 401, 403, 404, 407: return refused(answer, at: now)
        default: return failed(answer, at: now)
        }
    }

    /// Another target is asked at once: the first registration is as good as gone.
    mutating func lost() { if case .registered = standing { standing = .none } }

    private mutating func registered(_ answer: TargetAnswer, at now: Instant) -> Instant {
        let seconds = Int64(max(1, min(answer.expirySeconds ?? expirySeconds, Self.longestExpiry)))
        (standing, failures) = (.registered(until: now + seconds * 1_000), 0)
        return now + max(seconds * 750, 1_000)
    }

    private mutating func raise(to least: Int?) -> Bool {
        guard let least, least > expirySeconds, least <= Self.longestExpiry else { return false }
        expirySeconds = least
        return true
    }

    private mutating func refused(_ answer: TargetAnswer, at now: Instant) -> Instant {
        standing = .refused(answer.words)
        return now + Self.refusedMs
    }

    private mutating func failed(_ answer: TargetAnswer, at now: Instant) -> Instant {
        failures = min(failures + 1, 16)
        if !isRegistered(at: now) { standing = .none }
        let pause = min(Int64(2_000) << Int64(min(failures, 5)), Self.longestPauseMs)
        let said = answer.retryAfterSeconds.map { min(Int64(max(0, $0)) * 1_000, TrunkTargets.longestMs) } ?? 0
        return now + max(pause, said)
    }
}
