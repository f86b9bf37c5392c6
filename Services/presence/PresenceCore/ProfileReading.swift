import BusContract
import IdentityProfiles

/// Identity profiles (PRODUCT §6): under a trunk's key `identity`, or in a file of their own that it names.
struct ProfileReading {
    private let office: OfficeNumbers?
    private let mistakes: MistakeList
    init(_ office: OfficeNumbers?, _ mistakes: MistakeList) { (self.office, self.mistakes) = (office, mistakes) }

    private static let keys = [
        "name", "from", "asserted", "preferred", "diversion", "historyInfo", "showsCaller", "suppression",
    ]

    /// Nil after a mistake. A mistake in another file is named with its line there, at the line of the key.
    func identity(
        _ trunk: Fields, _ file: (String) throws(DirectoryMistakes) -> FileNode?
    ) -> IdentityProfile? {
        guard let node = trunk.node("identity") else { return IdentityProfile() }
        guard case .scalar(let path, _) = node.content else {
            return profile(Fields(node, "\(trunk.place), identity", keys: Self.keys, mistakes))
        }
        do throws(DirectoryMistakes) {
            guard let root = try file(path) else {
                trunk.mistake("identity", "the file \(path) cannot be read; expected an identity profile or its file")
                return nil
            }
            let own = MistakeList()
            let profile = ProfileReading(office, own).profile(Fields(root, "the profile", keys: Self.keys, own))
            if !own.all.isEmpty { throw DirectoryMistakes(own.all) }
            return profile
        } catch {
            for mistake in error.all { trunk.mistake("identity", "\(path), \(mistake)") }
            return nil
        }
    }

    private func profile(_ fields: Fields) -> IdentityProfile? {
        let name = fields.text("name", .name)
        let from = header(fields, "from", whenAbsent: .init())
        let asserted = header(fields, "asserted", whenAbsent: nil)
        let preferred = header(fields, "preferred", whenAbsent: nil)
        let diversion = format(fields, "diversion")
        let history = format(fields, "historyInfo")
        let shows = fields.choice("showsCaller", of: IdentityProfile.ShowsCaller.allCases, default: .never)
        let hides = fields.choice("suppression", of: IdentityProfile.Suppression.allCases, default: .anonymous)
        guard let name, let from, let asserted, let preferred, let diversion, let history, let shows,
            let hides
        else { return nil }
        let profile = IdentityProfile(
            name: name, from: from ?? .init(), asserted: asserted, preferred: preferred, diversion: diversion,
            historyInfo: history, showsCaller: shows, suppression: hides)
        return isOurs(profile, fields) ? profile : nil
    }

    /// No profile shows a number that the company does not own.
    private func isOurs(_ profile: IdentityProfile, _ fields: Fields) -> Bool {
        guard let office else { return true }
        let all = profile.mistakes(at: office)
        for mistake in all { fields.mistake(mistake.key, mistake.sentence) }
        return all.isEmpty
    }

    /// - Returns: nil after a mistake.
    private func header(
        _ profile: Fields, _ key: String, whenAbsent: IdentityProfile.Header?
    ) -> IdentityProfile.Header?? {
        guard profile.has(key) else { return .some(whenAbsent) }
        guard let fields = profile.map(key, keys: ["number", "format", "fixed"]) else { return nil }
        let number = fields.choice("number", of: IdentityProfile.Header.Number.allCases, default: .caller)
        let format = fields.choice("format", of: IdentityProfile.NumberFormat.allCases, default: .plus)
        let fixed = fields.has("fixed") ? fields.text("fixed", .worldNumber) : nil
        guard let number, let format, fixed != nil || !fields.has("fixed") else { return nil }
        return .some(IdentityProfile.Header(number, format, fixed: fixed))
    }

    /// - Returns: nil after a mistake.
    private func format(_ profile: Fields, _ key: String) -> IdentityProfile.NumberFormat?? {
        guard profile.has(key) else { return .some(nil) }
        return profile.choice(key, of: IdentityProfile.NumberFormat.allCases).map { .some($0) }
    }
}
