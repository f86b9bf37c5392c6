/// How an offer is sent.
public enum OfferMethod: String, Sendable, Hashable {
    case invite = "INVITE"
    case update = "UPDATE"
}

/// Who may offer in a dialog now: one offer at a time, one INVITE at a time (RFC 3261 §14, RFC 3311 §5, RFC 3264 §4).
struct OfferRules: Hashable {
    enum Side: Hashable { case ours, theirs }

    /// What becomes of a request of theirs.
    enum Verdict: Hashable {
        case take
        /// 491: it crosses an offer of ours (RFC 3261 §14.2, RFC 3311 §5.2).
        case crosses
        /// 500 with Retry-After: we still owe the answer to one before it (ibidem).
        case overlaps
    }

    /// An offer without its answer.
    private(set) var unanswered: Side?
    /// An INVITE that is neither refused nor acknowledged.
    private(set) var invite: Side?
    /// Whether our side made the Call-ID: then it waits longer after a crossing.
    let ownsCallID: Bool

    /// From the INVITE that opens the dialog; one of theirs without an offer waits for ours.
    init(calling: Bool) {
        (ownsCallID, unanswered, invite) = (calling, calling ? .ours : .theirs, calling ? .ours : .theirs)
    }

    // MARK: Theirs

    mutating func receive(_ method: OfferMethod) -> Verdict {
        if unanswered == .ours { return .crosses }
        if unanswered == .theirs { return .overlaps }
        if method == .invite, let invite { return invite == .ours ? .crosses : .overlaps }
        unanswered = .theirs
        if method == .invite { invite = .theirs }
        return .take
    }

    /// Our final answer to it. `offering`: the request had no offer, so that our 2xx has it.
    mutating func answer(_ method: OfferMethod, accepting: Bool, offering: Bool) {
        unanswered = accepting && offering ? .ours : nil
        if method == .invite, !accepting { invite = nil }
    }

    /// Their ACK to our 2xx.
    mutating func acknowledged() {
        guard invite == .theirs else { return }
        invite = nil
        if unanswered == .ours { unanswered = nil }
    }

    // MARK: Ours

    func maySend(_ method: OfferMethod) -> Bool { unanswered == nil && (method == .update || invite == nil) }

    mutating func send(_ method: OfferMethod) {
        unanswered = .ours
        if method == .invite { invite = .ours }
    }

    /// A reliable 18x with SDP, or a final answer.
    mutating func answered() { if unanswered == .ours { unanswered = nil } }

    /// Our ACK, or their refusal of our INVITE.
    mutating func inviteOver() { if invite == .ours { invite = nil } }

    // MARK: Again

    /// What follows from the final answer to an offer of ours.
    enum Next: Hashable {
        case done
        case again(milliseconds: Int)
        case refused
        /// The far side knows no such dialog, or is silent (RFC 3261 §12.2.1.2).
        case gone
    }

    /// - Parameter attempts: how often it was sent.
    func next(
        _ status: Int, retryAfterSeconds: Int?, attempts: Int, using random: inout some RandomNumberGenerator
    ) -> Next {
        switch status {
        case 200..<300: .done
        case 408, 481: .gone
        case 491 where attempts < Self.limit: .again(milliseconds: wait(using: &random))
        case 500 where attempts < Self.limit && (retryAfterSeconds ?? 99) <= 10:
            .again(milliseconds: (retryAfterSeconds ?? 0) * 1_000 + wait(using: &random))
        default: .refused
        }
    }

    /// Each crossing has a chance of about one in ten thousand to cross again.
    private static let limit = 10

    /// RFC 3261 §14.1: 2.1 to 4 s for the owner of the Call-ID, else 0 to 2 s, in steps of 10 ms.
    func wait(using random: inout some RandomNumberGenerator) -> Int {
        ownsCallID ? 10 * Int.random(in: 210...400, using: &random) : 10 * Int.random(in: 0...200, using: &random)
    }
}
