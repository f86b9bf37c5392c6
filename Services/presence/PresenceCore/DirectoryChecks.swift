import BusContract
import TelephonyModel

/// What must hold between the entries of a directory file.
extension DirectoryReading {
    func checkTogether(_ mistakes: MistakeList) {
        once(trunks, "id", "trunk id", mistakes) { $0.trunk.rawValue }
        once(users, "id", "user id", mistakes) { $0.user.user.rawValue }
        once(users, "officeNumber", "office number", mistakes) { $0.user.officeNumber }
        once(users, "extension", "extension", mistakes) { $0.user.extension }
        let outside = devices.joined().filter { $0.value.reach == .outside }
        once(outside, "number", "number of an outside device", mistakes, shown: \.lastTwoDigits) { $0.number }
        for trunk in trunks { checkReserve(trunk, mistakes) }
        let owners = Owners(users.map(\.value.user))
        for (user, devices) in zip(users, devices) { check(user, devices, owners, mistakes) }
    }

    /// Whose number it is.
    private struct Owners {
        let ofOfficeNumber: [String: UserID]
        let ofExtension: [String: UserID]
        init(_ users: [DirectoryUser]) {
            ofOfficeNumber = Dictionary(users.map { ($0.officeNumber, $0.user) }) { first, _ in first }
            ofExtension = Dictionary(users.map { ($0.extension, $0.user) }) { first, _ in first }
        }
    }

    /// Names the second and each later entry with the same value.
    private func once<Value>(
        _ all: some Sequence<Read<Value>>, _ key: String, _ what: String, _ mistakes: MistakeList,
        shown: (String) -> String = { $0 }, _ text: (Value) -> String
    ) {
        var lines: [String: Int] = [:]
        for (value, fields) in all {
            let (text, line) = (text(value), fields.line(of: key))
            if let first = lines[text] {
                mistakes.add(line, "\(fields.place): the \(what) \"\(shown(text))\" stands in line \(first) already")
            } else {
                lines[text] = line
            }
        }
    }

    private func checkReserve(_ trunk: Read<DirectoryTrunk>, _ mistakes: MistakeList) {
        let (reserve, channels) = (trunk.value.reserve, trunk.value.outsideChannels)
        guard reserve > 0, reserve >= channels else { return }
        mistakes.add(
            trunk.fields.line(of: "reserve"),
            "\(trunk.fields.place), reserve: expected less than outsideChannels (\(channels)), found \(reserve)")
    }

    private func check(
        _ user: Read<DirectoryFile.Entry>, _ devices: [Read<Device>], _ owners: Owners, _ mistakes: MistakeList
    ) {
        let (facts, fields) = (user.value.user, user.fields)
        once(devices, "id", "device id", mistakes) { $0.id.rawValue }
        if !facts.devices.contains(where: { $0.id == facts.active }) {
            let own = (facts.plans.map(\.id.rawValue) + facts.devices.map(\.id.rawValue)).joined(separator: ", ")
            let kinds = facts.plans.isEmpty ? "devices" : "ring plans and devices"
            fields.mistake("active", "expected one of his \(kinds) (\(own)), found \"\(facts.active)\"")
        }
        if let office, !facts.officeNumber.hasPrefix(office.value.trunkNumber) {
            mistakes.add(
                fields.line(of: "officeNumber"),
                "\(fields.place), officeNumber: \(facts.officeNumber) does not begin with the office's trunkNumber "
                    + office.value.trunkNumber)
        }
        for device in devices { check(device, of: facts.user, owners, mistakes) }
        for (key, to) in facts.destinations where to.reach == .outside {
            guard let other = owners.ofOfficeNumber[to.number] else { continue }
            fields.mistake(
                key,
                "\(to.number) is the office number of user \"\(other)\"; expected his extension with reach: inside")
        }
    }

    /// A call to an office number comes back to Rufbus: a device behind one would ring in a circle.
    private func check(_ device: Read<Device>, of owner: UserID, _ owners: Owners, _ mistakes: MistakeList) {
        let (number, fields) = (device.value.number, device.fields)
        switch device.value.reach {
        case .outside:
            guard let other = owners.ofOfficeNumber[number] else { return }
            mistakes.add(
                fields.line(of: "number"),
                "\(fields.place), number: \(number) is the office number of user \"\(other)\"; calls to it come back "
                    + "here. An office phone is reach: inside with its extension")
        case .inside:
            guard let other = owners.ofExtension[number], other != owner else { return }
            mistakes.add(
                fields.line(of: "number"),
                "\(fields.place), number: \(number) is the extension of user \"\(other)\"")
        }
    }
}
