import BusContract
import TelephonyModel

/// No number in the directory file, dialled as Rufbus dials it, may reach emergency services.
extension DirectoryReading {
    func checkEmergency(_ mistakes: MistakeList, _ isEmergency: (String, OfficeNumbers) -> Bool) {
        guard let office = office?.value else { return }
        func reaches(_ number: String) -> Bool { dialled(number).contains { isEmergency($0, office) } }
        for (user, devices) in zip(users, devices) {
            for device in devices where device.value.reach == .inside && reaches(device.value.number) {
                mistakes.add(device.fields.line(of: "number"), "\(device.fields.place), number: \(Self.emergency)")
            }
            let (facts, fields) = (user.value.user, user.fields)
            for (key, to) in facts.destinations where reaches(to.number) { fields.mistake(key, Self.emergency) }
            if reaches(facts.extension) {
                mistakes.add(fields.line(of: "extension"), "\(fields.place), extension: \(Self.emergency)")
            }
        }
    }

    private static let emergency =
        "this reaches an emergency number; expected another one: Rufbus never places emergency calls"

    /// As it stands, behind a trunk's bypass prefix, and as the PBX reads it behind a trunk's outside-line prefix.
    private func dialled(_ number: String) -> [String] {
        [number]
            + trunks.flatMap { trunk -> [String] in
                let prefix = trunk.value.outsidePrefix
                let behind = !prefix.isEmpty && number.hasPrefix(prefix) ? [String(number.dropFirst(prefix.count))] : []
                return [trunk.value.bypassPrefix + number] + behind
            }
    }
}
