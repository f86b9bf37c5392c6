import BusContract
import TelephonyModel

/// People, devices and trunks as they are now: what the file says, and what users have chosen since.
public struct Directory: Hashable, Sendable {
    /// Grows with each change.
    public private(set) var revision: Int
    public private(set) var file: DirectoryFile
    /// The active devices and ring plans that users chose themselves: ids of either.
    public private(set) var chosen: [UserID: String]
    private var places: [UserID: Int]

    public init(revision: Int, file: DirectoryFile, chosen: [UserID: String] = [:]) {
        (self.revision, self.file) = (revision, file)
        places = Dictionary(file.users.enumerated().map { ($1.user.user, $0) }) { first, _ in first }
        let known = places
        self.chosen = chosen.filter { user, id in known[user].map { file.users[$0].user.has(id) } ?? false }
    }

    /// The directory after a file was loaded over this one: a device that a user chose stays his active one if it is
    /// still there.
    /// - Returns: nil if nothing changes.
    public func loaded(_ file: DirectoryFile) -> Directory? {
        guard file != self.file else { return nil }
        return Directory(revision: revision + 1, file: file, chosen: chosen)
    }

    /// Makes a device the active one.
    /// - Returns: whether that changes anything.
    /// - Throws: 404 with a sentence that names what there is.
    public mutating func choose(_ device: DeviceID, for user: UserID) throws(Refusal) -> Bool {
        let facts = try known(user)
        guard facts.devices.contains(where: { $0.id == device }) else {
            let own = facts.devices.map(\.id.rawValue).joined(separator: ", ")
            throw Refusal(404, "no-such-device", "You have no device \"\(device)\": choose one of \(own).")
        }
        guard facts.active != device || facts.activePlan != nil else { return false }
        chosen[user] = device.rawValue
        revision += 1
        return true
    }

    /// Makes a ring plan the active one.
    /// - Returns: whether that changes anything.
    /// - Throws: 404 with a sentence that names what there is.
    public mutating func choose(_ plan: PlanID, for user: UserID) throws(Refusal) -> Bool {
        let facts = try known(user)
        guard facts.plans.contains(where: { $0.id == plan }) else {
            let own = facts.plans.map(\.id.rawValue).joined(separator: ", ")
            throw Refusal(
                404, "no-such-plan",
                "You have no ring plan \"\(plan)\": " + (own.isEmpty ? "choose a device." : "choose one of \(own)."))
        }
        guard facts.activePlan != plan else { return false }
        chosen[user] = plan.rawValue
        revision += 1
        return true
    }

    /// A user, with the device that is active now.
    public func user(_ user: UserID) -> DirectoryUser? { places[user].map { effective(file.users[$0]) } }
    public func passwordHash(of user: UserID) -> String? { places[user].map { file.users[$0].passwordHash } }
    public func trunk(_ trunk: TrunkID) -> DirectoryTrunk? { file.trunks.first { $0.trunk == trunk } }
    public var users: [DirectoryUser] { file.users.map(effective) }

    /// - Throws: 404 with a sentence.
    public func known(_ user: UserID) throws(Refusal) -> DirectoryUser {
        guard let facts = self.user(user) else {
            throw Refusal(404, "no-such-user", "There is no user \"\(user)\": check the spelling.")
        }
        return facts
    }

    /// The answer to `DirectoryQuery`.
    public var answer: DirectoryQuery.Answer {
        DirectoryQuery.Answer(revision: revision, office: file.office, users: users, trunks: file.trunks)
    }

    /// A user's devices as he sees them.
    /// - Throws: 404 with a sentence.
    public func devices(of user: UserID) throws(Refusal) -> PresenceQuery.Answer {
        let facts = try known(user)
        let own = facts.devices.map { device in
            OwnDevice(
                id: device.id, name: device.name, kind: device.kind, reach: device.reach, number: device.number,
                active: device.id == facts.active)
        }
        return .devices(
            own, active: facts.active, plans: facts.plans.isEmpty ? nil : facts.plans, plan: facts.activePlan)
    }

    /// Who is to be asked for again by those who keep a copy; everybody if trunks or office numbers changed.
    public func changed(since old: Directory?) -> [UserID] {
        guard let old, old.file.office == file.office, old.file.trunks == file.trunks else { return users.map(\.user) }
        let both = Set(users.map(\.user)).union(old.users.map(\.user))
        return both.filter { user($0) != old.user($0) }.sorted()
    }

    /// Whose log-ins end: he is gone, or has another password.
    public func loggedOut(since old: Directory) -> [UserID] {
        old.users.map(\.user).filter { passwordHash(of: $0) != old.passwordHash(of: $0) }
    }

    private func effective(_ entry: DirectoryFile.Entry) -> DirectoryUser {
        var user = entry.user
        if let id = chosen[user.user] { user.choose(id) }
        return user
    }
}

extension DirectoryUser {
    /// Whether it is the id of a ring plan or a device of his.
    fileprivate func has(_ id: String) -> Bool {
        plans.contains { $0.id.rawValue == id } || devices.contains { $0.id.rawValue == id }
    }
}
