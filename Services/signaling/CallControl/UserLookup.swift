import BusContract
import TelephonyModel

/// Finds whose office number an INVITE is for. A PBX says it in different places and spellings: the places are looked
/// at in an order, the first that names a user counts. Made once per state of the directory.
public struct UserLookup: Sendable {
    /// Where a PBX may say whom a call is for. Declared in the built-in order.
    public enum Place: String, Codable, Sendable, CaseIterable {
        case lastDiversion, firstDiversion, lastHistory, firstHistory, calledParty, requestURI, to
        /// All places before this one in the order again, with the trunk's prefix taken off.
        case behindPrefix
    }

    public let order: [Place]
    let office: OfficeNumbers
    /// By office number and extension in every written form.
    private var byNumber: [String: UserID] = [:]
    /// By number of a device, so that a user's own phone is shown as its user.
    private var byDevice: [String: UserID] = [:]
    private var users: [UserID: DirectoryUser] = [:]

    public init(_ directory: [DirectoryUser], office: OfficeNumbers, order: [Place] = Place.allCases) {
        (self.order, self.office) = (order, office)
        for user in directory {
            users[user.user] = user
            for device in user.devices {
                byDevice[device.number] = byDevice[device.number] ?? user.user
            }
        }
        spell(directory)
    }

    /// The user whom the call is for, and what said so.
    /// - Parameters:
    ///   - prefix: what this trunk puts before a number, or empty.
    ///   - passed: users who are not looked for: the call comes from them.
    public func user(
        of headers: InviteHeaders, prefix: String, besides passed: Set<UserID> = []
    ) -> (user: DirectoryUser, place: Place)? {
        for (index, place) in order.enumerated() {
            let numbers =
                place == .behindPrefix
                ? order[..<index].compactMap { number(at: $0, headers)?.behind(prefix) }
                : [number(at: place, headers)].compactMap { $0 }
            let found = numbers.compactMap { byNumber[$0.text] }.filter { !passed.contains($0) }
            if let user = found.lazy.compactMap({ users[$0] }).first { return (user, place) }
        }
        return nil
    }

    /// Whether the call came through a group: its first diversion is not this user's number (PRODUCT §3.8).
    public func isViaGroup(_ headers: InviteHeaders, to user: UserID, prefix: String) -> Bool {
        let diverted = number(at: .firstDiversion, headers)
        // History-Info with one entry only says where the call is.
        guard let first = diverted ?? (headers.historyInfo.count > 1 ? number(at: .firstHistory, headers) : nil) else {
            return false
        }
        let spellings = [first.text, first.behind(prefix)?.text].compactMap { $0 }
        return !spellings.contains { byNumber[$0] == user || byDevice[$0] == user }
    }

    /// Who has this office number or device; for the other side of a call.
    func colleague(_ number: String) -> (user: DirectoryUser, byDevice: Bool)? {
        if let user = byNumber[number].flatMap({ users[$0] }) { return (user, false) }
        return byDevice[number].flatMap { users[$0] }.map { ($0, true) }
    }

    private func number(at place: Place, _ headers: InviteHeaders) -> WrittenNumber? {
        switch place {
        case .lastDiversion: WrittenNumber(headers.diversions.first)
        case .firstDiversion: WrittenNumber(headers.diversions.last)
        case .lastHistory: WrittenNumber(headers.historyInfo.last)
        case .firstHistory: WrittenNumber(headers.historyInfo.first)
        case .calledParty: WrittenNumber(headers.calledParty)
        case .requestURI: WrittenNumber(headers.requestURI)
        case .to: WrittenNumber(headers.to)
        case .behindPrefix: nil
        }
    }

    /// The surest form of every user before the next form of any: one user's local form may be another's extension.
    private mutating func spell(_ directory: [DirectoryUser]) {
        let spellings = directory.map { user in
            (user.user, [user.extension] + WrittenNumber.forms(of: user.officeNumber, for: office))
        }
        for rank in 0..<(spellings.map(\.1.count).max() ?? 0) {
            for (user, forms) in spellings where rank < forms.count {
                byNumber[forms[rank]] = byNumber[forms[rank]] ?? user
            }
        }
    }
}
