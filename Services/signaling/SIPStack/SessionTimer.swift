/// A Session-Expires header (RFC 4028 §4).
struct SessionExpires: Hashable {
    enum Refresher: String { case uac, uas }
    var seconds: Int
    var refresher: Refresher?

    init(seconds: Int, refresher: Refresher? = nil) { (self.seconds, self.refresher) = (seconds, refresher) }

    /// `1800;refresher=uas`; nil if it is none.
    init?(_ text: String) {
        let parts = HeaderText.divide(Substring(text), at: ";")
        guard let seconds = Int(HeaderText.trim(parts[0])), (1...1_000_000).contains(seconds) else { return nil }
        self.seconds = seconds
        refresher = HeaderText.parameters(parts.dropFirst())["refresher"].flatMap {
            Refresher(rawValue: $0.lowercased())
        }
    }

    var text: String { "\(seconds)" + (refresher.map { ";refresher=\($0.rawValue)" } ?? "") }
}

/// The session timer of one dialog (RFC 4028): ours, not the library's.
struct SessionTimer: Hashable {
    /// Smallest interval that we agree to, in seconds (RFC 4028 §5).
    static let least = 90

    var seconds: Int
    /// Whether we refresh; else the far side does.
    var isOurs: Bool

    /// When something is due after each refresh: our own (RFC 4028 §7.2), or the end (§10).
    var dueMilliseconds: Int { isOurs ? seconds * 500 : (seconds - min(32, seconds / 3)) * 1_000 }

    /// What a request of theirs, an INVITE or UPDATE, asks of us.
    struct Wish: Hashable {
        var expires: SessionExpires?
        /// `timer` in Supported or Require.
        var isSupported: Bool
        var isRequired: Bool
    }

    enum Verdict: Hashable {
        /// No timer: we are not asked, or by somebody who can do without.
        case none
        /// The 2xx says this (RFC 4028 §9, table 2).
        case agreed(SessionTimer, SessionExpires)
        /// 422 with Min-SE.
        case tooShort
    }

    /// We do not offer to refresh: who can refresh by himself is told to, and only who insists is given ours.
    static func answer(to wish: Wish) -> Verdict {
        guard let expires = wish.expires, wish.isSupported || wish.isRequired else { return .none }
        guard expires.seconds >= least else { return wish.isRequired ? .tooShort : .none }
        if expires.refresher != .uas {
            return .agreed(
                SessionTimer(seconds: expires.seconds, isOurs: false),
                SessionExpires(seconds: expires.seconds, refresher: .uac))
        }
        guard wish.isRequired else { return .none }
        return .agreed(SessionTimer(seconds: expires.seconds, isOurs: true), expires)
    }

    /// What a 2xx to a request of ours settles (RFC 4028 §7.2): without the header there is no expiry.
    static func settled(by expires: SessionExpires?) -> SessionTimer? {
        expires.map { SessionTimer(seconds: $0.seconds, isOurs: $0.refresher != .uas) }
    }
}
