import BusContract
import CallControl
import SDP
import TelephonyModel

/// What the driver knows of a leg beside its seat: whose it is, and its side of offer and answer.
struct LegRecord {
    let user: UserID
    /// Our UUID of Session-ID (RFC 7989).
    let sessionID: String?
    /// Whose other addresses may speak for this leg's far side, too.
    var trunk: TrunkID?
    /// Where the call had been before.
    var trail = CallTrail()
    /// Of an incoming leg: what its INVITE had left (RFC 3261 §16.6).
    var maxForwards = 70
    /// Of an incoming leg: the office number that it reached, for P-Asserted-Identity.
    var officeNumber: String?
    /// Our side, once it has a port.
    var audio: AudioSession?
    /// The far side's last offer; nil when the last one was ours.
    var offer: [UInt8]?
    /// What the far side last said.
    var far: FarAudio?
    /// Boot-time milliseconds since when the dialog is over.
    var overSince: Int64?
}

/// The legs of all seats here. A leg stays for a while after its dialog, since its last messages are still to be shown.
struct LegBook {
    private var records: [LegID: LegRecord] = [:]
    private var sessions: [String: Set<LegID>] = [:]
    private static let keptMs: Int64 = 5_000

    subscript(leg: LegID) -> LegRecord? { records[leg] }

    /// Legs whose dialog is not over.
    var openCount: Int { records.values.count { $0.overSince == nil } }

    mutating func add(_ leg: LegID, _ record: LegRecord) {
        records[leg] = record
        if let session = record.sessionID { sessions[session, default: []].insert(leg) }
    }

    /// Changes a leg; nothing for one that is not known.
    mutating func change(_ leg: LegID, _ change: (inout LegRecord) -> Void) {
        if records[leg] != nil { change(&records[leg]!) }
    }

    mutating func over(_ leg: LegID, at boot: Int64) { change(leg) { $0.overSince = $0.overSince ?? boot } }

    /// Legs of ours whose messages carry this Session-ID.
    func legs(in session: String) -> Set<LegID> { sessions[session] ?? [] }

    /// Forgets what has been over for long enough.
    mutating func sweep(at boot: Int64) {
        for (leg, record) in records where record.overSince.map({ boot - $0 > Self.keptMs }) ?? false {
            records[leg] = nil
            guard let session = record.sessionID else { continue }
            sessions[session]?.remove(leg)
            if sessions[session]?.isEmpty == true { sessions[session] = nil }
        }
    }
}

/// Session-ID of a conversation (RFC 7989 §4.1): its UUID without dashes. Nil for an id that is no UUID.
func sessionID(of conversation: CallID) -> String? {
    let digits = conversation.rawValue.filter { $0 != "-" }
    let isHex = digits.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    return digits.utf8.count == 32 && isHex ? digits : nil
}
