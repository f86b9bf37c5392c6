import BusContract
import TelephonyModel

/// What a directory file says: the office's numbers, its trunks and its users. Only whole and consistent files become
/// one (`DirectoryFile.read`).
public struct DirectoryFile: Hashable, Sendable {
    /// A user with what stays in presence.
    public struct Entry: Hashable, Sendable {
        /// `active` as the file says it.
        public var user: DirectoryUser
        /// As crypt(5) writes it.
        public var passwordHash: String
        public init(user: DirectoryUser, passwordHash: String) { (self.user, self.passwordHash) = (user, passwordHash) }
    }
    public var office: OfficeNumbers
    public var trunks: [DirectoryTrunk]
    public var users: [Entry]
    public init(office: OfficeNumbers, trunks: [DirectoryTrunk], users: [Entry]) {
        (self.office, self.trunks, self.users) = (office, trunks, users)
    }

    /// Reads a whole file.
    /// - Parameters:
    ///   - isEmergency: whether digits dialled at this office reach emergency services.
    ///   - isTimeZone: whether there is a time zone of this name.
    ///   - profile: the file of an identity profile, by its path; nil if it cannot be read.
    /// - Throws: every mistake in it, with its line.
    public static func read(
        _ root: FileNode, isEmergency: (String, OfficeNumbers) -> Bool, isTimeZone: (String) -> Bool = { _ in true },
        profile: (String) throws(DirectoryMistakes) -> FileNode? = { _ in nil }
    ) throws(DirectoryMistakes) -> DirectoryFile {
        let mistakes = MistakeList()
        let reading = DirectoryReading(root, mistakes, profile)
        reading.checkTogether(mistakes)
        reading.checkTargets(mistakes)
        reading.checkPlansAndRules(mistakes)
        reading.checkEmergency(mistakes, isEmergency)
        if let (office, fields) = reading.office, let zone = office.timeZone, !isTimeZone(zone) {
            fields.mistake("timeZone", "there is no time zone \"\(zone)\"; expected one such as \"Europe/Berlin\"")
        }
        guard mistakes.all.isEmpty, let office = reading.office else { throw DirectoryMistakes(mistakes.all) }
        return DirectoryFile(
            office: office.value, trunks: reading.trunks.map(\.value).sorted { $0.trunk < $1.trunk },
            users: reading.users.map(\.value).sorted { $0.user.user < $1.user.user })
    }
}
