import BusContract
import Foundation
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

    /// Makes a device or a ring plan of a user the active one.
    /// - Returns: the new revision; nil if there is no such thing any more.
    func choose(_ id: String, for user: UserID) throws(PostgresError) -> Int? {
        try transaction { () throws(PostgresError) in
            try lockDirectory()
            let changed = try execute(
                "UPDATE users SET chosen = $2 WHERE user_id = $1 AND (EXISTS (SELECT FROM devices "
                    + "WHERE devices.user_id = $1 AND device = $2) "
                    + "OR plans @> jsonb_build_array(jsonb_build_object('id', $2::text)))",
                [.text(user.rawValue), .text(id)])
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
        var chosen: [UserID: String] = [:]
        for row in try query("SELECT * FROM users ORDER BY user_id COLLATE \"C\"") {
            let entry = try self.entry(row, devices)
            users.append(entry)
            if let id = try row.optionalText("chosen") { chosen[entry.user.user] = id }
        }
        let file = DirectoryFile(office: try numbers(office), trunks: try readTrunks(), users: users)
        return Directory(revision: try office.int("revision"), file: file, chosen: chosen)
    }

    private func numbers(_ row: Row) throws(PostgresError) -> OfficeNumbers {
        OfficeNumbers(
            country: try row.text("country"), areaCode: try row.text("area_code"),
            outsidePrefix: try row.text("outside_prefix"),
            internalBands: try row.text("internal_bands").split(separator: " ").map(String.init),
            trunkNumber: try row.text("trunk_number"), timeZone: try row.optionalText("time_zone"))
    }

    private func readTrunks() throws(PostgresError) -> [DirectoryTrunk] {
        var trunks: [DirectoryTrunk] = []
        for row in try query("SELECT * FROM trunks ORDER BY trunk COLLATE \"C\"") {
            if let trunk = try row.json("facts", DirectoryTrunk.self) {
                trunks.append(trunk)
                continue
            }
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
            active: DeviceID(unchecked: try row.text("active")), fallback: fallback,
            plans: try row.json("plans", [RingPlan].self) ?? [],
            activePlan: try row.optionalText("active_plan").map(PlanID.init),
            rules: try row.json("rules", IncomingRules.self) ?? IncomingRules())
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
            "INSERT INTO office (revision, country, area_code, outside_prefix, internal_bands, trunk_number, "
                + "time_zone) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                .int(revision), .text(office.country), .text(office.areaCode), .text(office.outsidePrefix),
                .text(office.internalBands.joined(separator: " ")), .text(office.trunkNumber),
                .text(optional: office.timeZone),
            ])
    }

    private func write(_ trunks: [DirectoryTrunk]) throws(PostgresError) {
        try execute("DELETE FROM trunks")
        for trunk in trunks {
            try execute(
                "INSERT INTO trunks (trunk, address, port, outside_prefix, bypass_prefix, sip_channels, "
                    + "outside_channels, reserve, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)",
                [
                    .text(trunk.trunk.rawValue), .text(trunk.address), .int(Int(trunk.port)),
                    .text(trunk.outsidePrefix), .text(trunk.bypassPrefix), .int(trunk.sipChannels),
                    .int(trunk.outsideChannels), .int(trunk.reserve), .text(try json(trunk)),
                ])
        }
    }

    private func write(_ users: [DirectoryFile.Entry], chosen: [UserID: String]) throws(PostgresError) {
        for entry in users {
            let user = entry.user
            try execute(
                "INSERT INTO users (user_id, name, office_number, extension, language, password_hash, active, chosen, "
                    + "fallback_number, fallback_reach, active_plan, plans, rules) "
                    + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb) "
                    + "ON CONFLICT (user_id) DO UPDATE SET (name, office_number, extension, language, password_hash, "
                    + "active, chosen, fallback_number, fallback_reach, active_plan, plans, rules) "
                    + "= ROW ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13::jsonb)",
                [
                    .text(user.user.rawValue), .text(user.name), .text(user.officeNumber), .text(user.extension),
                    .text(user.language.rawValue), .text(entry.passwordHash), .text(user.active.rawValue),
                    .text(optional: chosen[user.user]), .text(optional: user.fallback?.number),
                    .text(optional: user.fallback?.reach.rawValue), .text(optional: user.activePlan?.rawValue),
                    .text(try json(user.plans)), .text(try json(user.rules)),
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

/// As the bus has it.
private func json(_ value: some Encodable) throws(PostgresError) -> String {
    do { return String(decoding: try JSONEncoder().encode(value), as: UTF8.self) } catch {
        throw PostgresError(.shape, "a value cannot be written as JSON: \(error)")
    }
}

extension Row {
    /// A value that was written as JSON; nil where an older version wrote the row.
    fileprivate func json<Value: Decodable>(_ column: String, _ type: Value.Type) throws(PostgresError) -> Value? {
        guard let text = try optionalText(column) else { return nil }
        do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
            throw PostgresError(.shape, "column \"\(column)\" holds what this version cannot read: \(error)")
        }
    }

    /// A text that stands for a case of an enumeration.
    fileprivate func word<Word: RawRepresentable<String>>(_ column: String) throws(PostgresError) -> Word {
        let text = try text(column)
        guard let word = Word(rawValue: text) else {
            throw PostgresError(.shape, "column \"\(column)\" holds \"\(text)\", which this version does not know")
        }
        return word
    }
}
