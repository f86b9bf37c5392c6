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

    /// The question for a key that its phone is asked.
    struct Asking: Codable, Hashable, Sendable {
        /// An answer to an older question is none.
        var collect: Int
        var until: Instant
    }

    let key: LegKey
    let id: LegID
    let reach: Reach
    /// What is dialled, with the trunk's prefixes; nil for the leg of a caller.
    let number: String?
    /// Of a phone of the user's.
    let ring: Ring?
    /// Whose ports its audio goes through: its own, or those of a leg that is over.
    let port: LegKey
    var showsCaller = false
    /// How often it was sent on (3xx) to get here.
    var hops = 0
    var dialog: Dialog
    var lines = Lines.asked
    /// While it is being called: when it has rung long enough.
    var ringsUntil: Instant?
    var asking: Asking?
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

    /// A leg that we call.
    init(
        _ key: LegKey, of call: CallID, _ reach: Reach, number: String, ring: Ring? = nil, port: LegKey? = nil,
        at now: Instant
    ) {
        (self.key, id, self.reach, self.number) = (key, LegID(call, key.role, key.index), reach, number)
        (self.ring, self.port, dialog, startedAt) = (ring, port ?? key, .planned, now)
    }

    /// The leg of a caller.
    init(arrived key: LegKey, of call: CallID, _ reach: Reach, at now: Instant) {
        (self.key, id, self.reach, number) = (key, LegID(call, key.role, key.index), reach, nil)
        (ring, port, dialog, startedAt) = (nil, key, .arrived(ringing: false), now)
    }

    /// A SIP channel each, and an outside channel if it goes over the PSTN.
    var use: LineUse { LineUse(sip: 1, outside: reach == .outside ? 1 : 0) }

    /// Whether this is the user's side of an incoming call: a phone of his, or where his call goes instead.
    var isUsers: Bool { key.role != .party }

    /// Whether a phone rings or talks on this leg, or is about to.
    var isLive: Bool {
        switch dialog {
        case .planned, .calling, .answering, .arrived, .accepted, .up: true
        case .cancelled, .leaving, .over: false
        }
    }

    var isCalling: Bool { if case .calling = dialog { true } else { false } }

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

    func picture(_ trunk: TrunkID) -> LegPicture {
        LegPicture(
            leg: id, role: key.role, device: ring?.device.id, kind: ring?.device.kind, trunk: trunk, lines: use,
            phase: phase, status: status, cause: cause, startedAt: startedAt, answeredAt: answeredAt, endedAt: endedAt)
    }
}
