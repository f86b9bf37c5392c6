import BusContract
import TelephonyModel

/// One leg of a running call: its SIP dialog, its lines, and what its phone hears.
struct CallLeg: Codable, Hashable, Sendable {
    /// Where the dialog stands. "Ours" are legs that we call, "theirs" those that called us.
    enum Dialog: Codable, Hashable, Sendable {
        /// Its lines are asked for; no INVITE yet.
        case planned
        /// Ours: INVITE sent. CANCEL may go only after a provisional answer (RFC 3261 §9.1).
        case calling(provisional: Bool)
        /// Ours: given up; a 2xx may still cross. Let go at `until`, whatever comes.
        case cancelled(sent: Bool, SIPReason?, until: Instant)
        /// Ours: 2xx came, ACK not sent.
        case answering
        /// Theirs: INVITE came, no final answer.
        case arrived(ringing: Bool)
        /// Theirs: our 200 is sent, ACK not seen.
        case accepted
        /// Theirs: as `accepted`, but we want to hang up. BYE has to wait for the ACK (RFC 3261 §15).
        case leaving(SIPReason?, until: Instant)
        case up
        case over
    }

    /// Lines of the trunk that the leg needs.
    enum Lines: Codable, Hashable, Sendable { case asked, held, refused, done }

    let role: LegRole
    let reach: Reach
    var dialog: Dialog
    var lines = Lines.asked
    var remote: RemoteAudio?
    var hears = AudioSource.silence
    /// Whether RTP came from the far side.
    var speaks = false
    var startedAt: Instant
    /// First 18x.
    var rangAt: Instant?
    var answeredAt: Instant?
    var endedAt: Instant?
    var status: Int?
    var cause: Int?

    init(_ role: LegRole, _ reach: Reach, _ dialog: Dialog, at now: Instant) {
        (self.role, self.reach, self.dialog, startedAt) = (role, reach, dialog, now)
    }

    /// A SIP channel each, and an outside channel if it goes over the PSTN.
    var use: LineUse { LineUse(sip: 1, outside: reach == .outside ? 1 : 0) }

    /// Whether a phone rings or talks on this leg, or is about to.
    var isLive: Bool {
        switch dialog {
        case .planned, .calling, .answering, .arrived, .accepted, .up: true
        case .cancelled, .leaving, .over: false
        }
    }

    /// When a leg that is being given up is let go.
    var letGoAt: Instant? {
        switch dialog {
        case .cancelled(_, _, let until), .leaving(_, let until): until
        default: nil
        }
    }

    var phase: LegView.Phase {
        switch dialog {
        case .over: .ended
        case .up, .accepted, .leaving: .answered
        case .arrived(let ringing): ringing ? .ringing : .calling
        case .planned, .calling, .cancelled, .answering: rangAt == nil ? .calling : .ringing
        }
    }

    func picture(_ id: LegID, _ profile: Profile) -> LegPicture {
        LegPicture(
            leg: id, role: role, device: role == .device ? profile.device.id : nil,
            kind: role == .device ? profile.device.kind : nil, trunk: profile.trunk, lines: use, phase: phase,
            status: status, cause: cause, startedAt: startedAt, answeredAt: answeredAt, endedAt: endedAt)
    }
}
