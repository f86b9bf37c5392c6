/// What a target of a trunk said to a request of ours, or that it said nothing.
public struct TargetAnswer: Codable, Hashable, Sendable {
    /// Final status; 408 also for silence, 503 also for a broken transport.
    public var status: Int
    /// No far side said so, we found it out by ourselves.
    public var isLocal: Bool
    /// Q.850 of Reason.
    public var cause: Int?
    public var retryAfterSeconds: Int?
    /// Of a registration that stands now: for how long.
    public var expirySeconds: Int?
    /// Min-Expires of a 423.
    public var leastSeconds: Int?
    /// In words, if more than the status is known.
    public var detail: String?

    public init(
        _ status: Int, isLocal: Bool = false, cause: Int? = nil, retryAfterSeconds: Int? = nil,
        expirySeconds: Int? = nil, leastSeconds: Int? = nil, detail: String? = nil
    ) {
        (self.status, self.isLocal, self.cause) = (status, isLocal, cause)
        (self.retryAfterSeconds, self.expirySeconds) = (retryAfterSeconds, expirySeconds)
        (self.leastSeconds, self.detail) = (leastSeconds, detail)
    }

    /// Nothing came back, or the way there is broken: the target is not there.
    public var isSilence: Bool { isLocal && (status == 408 || status == 503) }

    /// Another target may do better (RFC 3261 §21.5.4, RFC 3263 §4.3).
    public var isForAnotherTarget: Bool { isSilence || status == 503 }

    /// The trunk has no lines left, whoever is called (PRODUCT §7): Q.850 no circuit available, switching equipment
    /// congestion, requested channel not available.
    public var isTrunkFull: Bool { [480, 486].contains(status) && cause.map { [34, 42, 44].contains($0) } == true }

    /// What a person is told.
    var words: String {
        if let detail { return detail }
        return isLocal ? (status == 408 ? "no answer" : "no connection") : "answer \(status)"
    }
}
