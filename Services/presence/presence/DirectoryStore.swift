import BusContract
import Postgres
import PresenceCore
import TelephonyModel

/// The directory in the database.
extension Connection {
    /// Loads a file over what is there, in one transaction.
    /// - Returns: the directory from before (nil the first time) and the one that holds now.
    func load(_ file: DirectoryFile) throws(PostgresError) -> (old: Directory?, new: Directory) {
        try transaction { () throws(PostgresError) in
            try lockDirectory()
            let old = try readDirectory()
            guard let new = old.map({ $0.loaded(file) }) ?? Directory(revision: 1, file: file) else {
                return (old, old ?? Directory(revision: 1, file: file))
            }
            try write(new, over: old)
            return (old, new)
        }
    }

    func directory() throws(PostgresError) -> Directory? {
        try transaction { () throws(PostgresError) in
            try lockDirectory()
            return try readDirectory()
        }
    }

    /// Makes a device of a user the active one.
    /// - Returns: the new revision; nil if there is no such device any more.
    func choose(_ device: DeviceID, for user: UserID) throws(PostgresError) -> Int? {
        try transaction { () throws(PostgresError) in
            try lockDirectory()
            let changed = try execute(
                "UPDATE users SET chosen = $2 FROM devices WHERE users.user_id = $1 "
                    + "AND devices.user_id = users.user_id AND devices.device = $2",
                [.text(user.rawValue), .text(device.rawValue)])
            guard changed == 1 else { return nil }
            return try query("UPDATE office SET revision = revision + 1 RETURNING revision").first?.int("revision")
        }
    }

    /// The tables must be one picture, and one writer at a time.
    private func lockDirectory() throws(PostgresError) { try script("LOCK TABLE office IN SHARE ROW EXCLUSIVE MODE") }

    // MARK: Reading

    private func readDirectory() throws(PostgresError) -> Directory? {
        guard let office = try query("SELECT * FROM office").first else { return nil }
        let devices = try readDevices()
        var users: [DirectoryFile.Entry] = []
        var chosen: [UserID: DeviceID] = [:]
        for row in try query("SELECT * FROM users ORDER BY user_id COLLATE \"C\"") {
            let entry = try self.entry(row, devices)
            users.append(entry)
            if let device = try row.optionalText("chosen") { chosen[entry.user.user] = DeviceID(unchecked: device) }
        }
        let file = DirectoryFile(office: try numbers(office), trunks: try readTrunks(), users: users)
        return Directory(revision: try office.int("revision"), file: file, chosen: chosen)
    }

    private func numbers(_ row: Row) throws(PostgresError) -> OfficeNumbers {
        OfficeNumbers(
            country: try row.text("country"), areaCode: try row.text("area_code"),
            outsidePrefix: try row.text("outside_prefix"),
            internalBands: try row.text("internal_bands").split(separator: " ").map(String.init),
            trunkNumber: try row.text("trunk_number"))
    }

    private func readTrunks() throws(PostgresError) -> [DirectoryTrunk] {
        var trunks: [DirectoryTrunk] = []
        for row in try query("SELECT * FROM trunks ORDER BY trunk COLLATE \"C\"") {
            trunks.append(
                DirectoryTrunk(
                    trunk: TrunkID(unchecked: try row.text("trunk")), address: try row.text("address"),
                    port: UInt16(clamping: try row.int("port")), outsidePrefix: try row.text("outside_prefix"),
                    bypassPrefix: try row.text("bypass_prefix"), sipChannels: try row.int("sip_channels"),
                    outsideChannels: try row.int("outside_channels"), reserve: try row.int("reserve")))
        }
        return trunks
    }

    private func entry(_ row: Row, _ devices: [UserID: [Device]]) throws(PostgresError) -> DirectoryFile.Entry {
        let id = UserID(unchecked: try row.text("user_id"))
        var fallback: DirectoryUser.Fallback?
        if let number = try row.optionalText("fallback_number") {
            fallback = .init(number: number, reach: try row.word("fallback_reach"))
        }
        let user = DirectoryUser(
            user: id, name: try row.text("name"), officeNumber: try row.text("office_number"),
            extension: try row.text("extension"), language: try row.word("language"), devices: devices[id] ?? [],
            active: DeviceID(unchecked: try row.text("active")), fallback: fallback)
        return DirectoryFile.Entry(user: user, passwordHash: try row.text("password_hash"))
    }

    private func readDevices() throws(PostgresError) -> [UserID: [Device]] {
        var devices: [UserID: [Device]] = [:]
        for row in try query("SELECT * FROM devices ORDER BY user_id, place") {
            let device = Device(
                id: DeviceID(unchecked: try row.text("device")), kind: try row.word("kind"),
                reach: try row.word("reach"), number: try row.text("number"),
                answerGuard: try row.word("answer_guard"), name: try row.text("name"),
                ringSeconds: try row.int("ring_seconds"))
            devices[UserID(unchecked: try row.text("user_id")), default: []].append(device)
        }
        return devices
    }

    // MARK: Writing

    private func write(_ new: Directory, over old: Directory?) throws(PostgresError) {
        try write(new.file.office, revision: new.revision)
        try write(new.file.trunks)
        try write(new.file.users, chosen: new.chosen)
        try write(devicesOf: new.file.users)
        let users = new.file.users.map { Optional($0.user.user.rawValue) }
        try execute("DELETE FROM users WHERE NOT user_id = any($1::text[])", [.texts(users)])
        let ended = old.map { new.loggedOut(since: $0) } ?? []
        try execute("DELETE FROM tokens WHERE user_id = any($1::text[])", [.texts(ended.map(\.rawValue))])
    }

    private func write(_ office: OfficeNumbers, revision: Int) throws(PostgresError) {
        try execute("DELETE FROM office")
        try execute(
            "INSERT INTO office (revision, country, area_code, outside_prefix, internal_bands, trunk_number) "
                + "VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .int(revision), .text(office.country), .text(office.areaCode), .text(office.outsidePrefix),
                .text(office.internalBands.joined(separator: " ")), .text(office.trunkNumber),
            ])
    }

    private func write(_ trunks: [DirectoryTrunk]) throws(PostgresError) {
        try execute("DELETE FROM trunks")
        for trunk in trunks {
            try execute(
                "INSERT INTO trunks (trunk, address, port, outside_prefix, bypass_prefix, sip_channels, "
                    + "outside_channels, reserve) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                [
                    .text(trunk.trunk.rawValue), .text(trunk.address), .int(Int(trunk.port)),
                    .text(trunk.outsidePrefix), .text(trunk.bypassPrefix), .int(trunk.sipChannels),
                    .int(trunk.outsideChannels), .int(trunk.reserve),
                ])
        }
    }

    private func write(_ users: [DirectoryFile.Entry], chosen: [UserID: DeviceID]) throws(PostgresError) {
        for entry in users {
            let user = entry.user
            try execute(
                "INSERT INTO users (user_id, name, office_number, extension, language, password_hash, active, chosen, "
                    + "fallback_number, fallback_reach) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                    + "ON CONFLICT (user_id) DO UPDATE SET (name, office_number, extension, language, password_hash, "
                    + "active, chosen, fallback_number, fallback_reach) = ROW ($2, $3, $4, $5, $6, $7, $8, $9, $10)",
                [
                    .text(user.user.rawValue), .text(user.name), .text(user.officeNumber), .text(user.extension),
                    .text(user.language.rawValue), .text(entry.passwordHash), .text(user.active.rawValue),
                    .text(optional: chosen[user.user]?.rawValue), .text(optional: user.fallback?.number),
                    .text(optional: user.fallback?.reach.rawValue),
                ])
        }
    }

    private func write(devicesOf users: [DirectoryFile.Entry]) throws(PostgresError) {
        try execute("DELETE FROM devices")
        for user in users.map(\.user) {
            for (place, device) in user.devices.enumerated() {
                try execute(
                    "INSERT INTO devices (user_id, device, place, name, kind, reach, number, answer_guard, "
                        + "ring_seconds) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    [
                        .text(user.user.rawValue), .text(device.id.rawValue), .int(place), .text(device.name),
                        .text(device.kind.rawValue), .text(device.reach.rawValue), .text(device.number),
                        .text(device.answerGuard.rawValue), .int(device.ringSeconds),
                    ])
            }
        }
    }
}

extension Row {
    /// A text that stands for a case of an enumeration.
    fileprivate func word<Word: RawRepresentable<String>>(_ column: String) throws(PostgresError) -> Word {
        let text = try text(column)
        guard let word = Word(rawValue: text) else {
            throw PostgresError(.shape, "column \"\(column)\" holds \"\(text)\", which this version does not know")
        }
        return word
    }
}
