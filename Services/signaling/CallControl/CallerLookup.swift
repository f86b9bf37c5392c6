import BusContract
import TelephonyModel

/// Who calls, as the user may see it.
public struct Caller: Hashable, Sendable {
    public var view: PartyView
    /// Inside: a phone of the PBX, which holds no outside line.
    public var reach: Reach
}

extension UserLookup {
    /// The caller by P-Asserted-Identity, then From (RFC 3325 §9.1). Anonymous stays anonymous: who asked for privacy,
    /// or wrote no name of his own in From (RFC 3323 §4.1), is shown without number and name.
    /// - Parameter prefix: the trunk's outside-line prefix, which it may put before outside callers' numbers.
    public func caller(of headers: InviteHeaders, prefix: String) -> Caller {
        guard !isAnonymous(headers) else { return Caller(view: PartyView(number: nil), reach: .outside) }
        let candidates = headers.asserted + [headers.from]
        let name = candidates.lazy.compactMap { Self.clean($0.display) }.first
        for written in candidates.compactMap({ WrittenNumber($0.user) }) {
            return known(read(written, prefix), name)
        }
        return Caller(view: PartyView(number: nil, name: name ?? Self.clean(headers.from.user)), reach: .outside)
    }

    /// Whom a target is shown as: a user by his office number and name, also if one of his devices is dialled.
    /// - Parameter number: E.164 with `+`, or an extension.
    public func party(_ number: String) -> PartyView {
        guard let (user, _) = colleague(number) else { return PartyView(number: number) }
        return PartyView(number: user.officeNumber, name: user.name)
    }

    private func isAnonymous(_ headers: InviteHeaders) -> Bool {
        let wanted = headers.privacy.contains { ["id", "user", "header"].contains($0) }
        return wanted || headers.from.user?.lowercased() == "anonymous" || headers.from.host == "anonymous.invalid"
    }

    /// A number that is neither inside nor long enough for E.164 (a service of the carrier) stays as it is written.
    private func read(_ number: WrittenNumber, _ prefix: String) -> (number: String, reach: Reach) {
        if office.isInside(number) { return (number.text, .inside) }
        return (office.outside(number, behind: prefix) ?? number.text, .outside)
    }

    /// A device's number is for its user's eyes only: its user's office number stands in its place.
    private func known(_ read: (number: String, reach: Reach), _ name: String?) -> Caller {
        guard let (user, byDevice) = colleague(read.number) else {
            return Caller(view: PartyView(number: read.number, name: name), reach: read.reach)
        }
        let view =
            byDevice
            ? PartyView(number: user.officeNumber, name: user.name)
            : PartyView(number: read.number, name: name ?? user.name)
        return Caller(view: view, reach: read.reach)
    }

    /// A display name without control characters, at most 64 characters; nil when nothing is left.
    private static func clean(_ name: String?) -> String? {
        guard let name else { return nil }
        let kept = name.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(64)
        let text = String(String.UnicodeScalarView(kept)).drop { $0 == " " }
        return text.isEmpty ? nil : String(text)
    }
}
