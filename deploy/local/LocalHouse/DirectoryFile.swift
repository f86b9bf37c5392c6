import BusContract
import TelephonyModel

/// The file that presence reads: office, trunks, users with their devices (docs/directory.md), as YAML.
public struct DirectoryFile: Sendable {
    public struct User: Sendable {
        public var facts: DirectoryUser
        /// yescrypt, as crypt(5) writes it.
        public var passwordHash: String
        public init(_ facts: DirectoryUser, passwordHash: String) {
            (self.facts, self.passwordHash) = (facts, passwordHash)
        }
    }
    public var office: OfficeNumbers
    public var trunks: [DirectoryTrunk]
    public var users: [User]
    public init(office: OfficeNumbers, trunks: [DirectoryTrunk], users: [User]) {
        (self.office, self.trunks, self.users) = (office, trunks, users)
    }

    public var yaml: String {
        let bands = office.internalBands.map(Self.quoted).joined(separator: ", ")
        return """
            office: {country: \(office.country), areaCode: "\(office.areaCode)", \
            outsidePrefix: "\(office.outsidePrefix)", internalBands: [\(bands)], \
            trunkNumber: "\(office.trunkNumber)"\(office.timeZone.map { ", timeZone: \($0)" } ?? "")}
            trunks:
            \(trunks.map(Self.line).joined(separator: "\n"))
            users:
            \(users.map(Self.lines).joined(separator: "\n"))

            """
    }

    private static func line(_ trunk: DirectoryTrunk) -> String {
        """
          - {id: \(trunk.trunk), \(trunk.furtherKeys), \
        outsidePrefix: "\(trunk.outsidePrefix)", bypassPrefix: "\(trunk.bypassPrefix)", \
        sipChannels: \(trunk.sipChannels), outsideChannels: \(trunk.outsideChannels), reserve: \(trunk.reserve)}
        """
    }

    private static func lines(_ user: User) -> String {
        let facts = user.facts
        let fallback = facts.fallback.map { "\n    fallback: " + $0.yaml }
        return """
              - id: \(facts.user)
                name: \(quoted(facts.name))
                officeNumber: "\(facts.officeNumber)"
                extension: "\(facts.extension)"
                language: \(facts.language.rawValue)
                passwordHash: "\(user.passwordHash)"
                devices:
            \(facts.devices.map(line).joined(separator: "\n"))
                active: \(facts.activePlan?.rawValue ?? facts.active.rawValue)\(fallback ?? "")\(facts.furtherLines)
            """
    }

    private static func line(_ device: Device) -> String {
        """
              - {id: \(device.id), name: \(quoted(device.name)), kind: \(device.kind.rawValue), \
        reach: \(device.reach.rawValue), number: "\(device.number)", guard: \(device.answerGuard.rawValue), \
        ringSeconds: \(device.ringSeconds)}
        """
    }

    private static func quoted(_ text: String) -> String { YAMLFlow.text(text) }
}
