import BusContract
import TelephonyModel

/// A directory file as far as it could be read, with the fields for the lines of later mistakes.
struct DirectoryReading {
    typealias Read<Value> = (value: Value, fields: Fields)
    let office: Read<OfficeNumbers>?
    let trunks: [Read<DirectoryTrunk>]
    let users: [Read<DirectoryFile.Entry>]
    /// The devices of each of `users`.
    let devices: [[Read<Device>]]

    /// - Parameter profile: the file of an identity profile, by its path.
    init(
        _ root: FileNode, _ mistakes: MistakeList,
        _ profile: (String) throws(DirectoryMistakes) -> FileNode? = { _ in nil }
    ) {
        let file = Fields(root, "the file", keys: ["office", "trunks", "users"], mistakes)
        let office = Self.office(file)
        self.office = office
        trunks = (file.list("trunks", of: "trunks") ?? []).compactMap {
            Self.trunk($0, office?.value, mistakes, profile)
        }
        let people = (file.list("users", of: "users") ?? []).compactMap { Self.user($0, mistakes) }
        users = people.map(\.user)
        devices = people.map(\.devices)
    }

    private static func office(_ file: Fields) -> Read<OfficeNumbers>? {
        let keys = ["country", "areaCode", "outsidePrefix", "internalBands", "trunkNumber", "timeZone"]
        guard let fields = file.map("office", keys: keys) else { return nil }
        let country = fields.text("country", .country)
        let areaCode = fields.text("areaCode", .areaCode)
        let prefix = fields.text("outsidePrefix", .optionalPrefix, default: "")
        let bands = fields.texts("internalBands", of: "extension patterns", .band)
        let number = fields.text("trunkNumber", .worldNumber)
        let zone = fields.has("timeZone") ? fields.text("timeZone", .timeZone) : nil
        guard let country, let areaCode, let prefix, let bands, let number else { return nil }
        let office = OfficeNumbers(
            country: country, areaCode: areaCode, outsidePrefix: prefix, internalBands: bands, trunkNumber: number,
            timeZone: zone)
        return (office, fields)
    }

    private typealias Person = (user: Read<DirectoryFile.Entry>, devices: [Read<Device>])
    private static func user(_ node: FileNode, _ mistakes: MistakeList) -> Person? {
        let keys = [
            "id", "name", "officeNumber", "extension", "language", "passwordHash", "devices", "active", "fallback",
            "ringPlans", "rules",
        ]
        let fields = Fields(node, name("user", node), keys: keys, mistakes)
        let id = fields.text("id", .id)
        let name = fields.text("name", .name)
        let number = fields.text("officeNumber", .worldNumber)
        let `extension` = fields.text("extension", .extension)
        let language = fields.choice("language", of: Language.allCases, default: .en)
        let hash = fields.text("passwordHash", .passwordHash)
        let devices = devices(fields, mistakes)
        let active = fields.text("active", .id)
        let fallback = destination(fields, "fallback")
        let plans = plans(fields, mistakes)
        let rules = rules(fields, mistakes)
        guard let id, let name, let number, let `extension`, let language, let hash, let devices, let active, let plans,
            let rules
        else { return nil }
        let user = DirectoryUser(
            user: UserID(unchecked: id), name: name, officeNumber: number, extension: `extension`, language: language,
            devices: devices.map(\.value), active: DeviceID(unchecked: active), fallback: fallback, plans: plans,
            rules: rules
        ).settled(active: active)
        return ((DirectoryFile.Entry(user: user, passwordHash: hash), fields), devices)
    }

    /// A number with its reach; nil without a mistake if the key is absent.
    static func destination(_ fields: Fields, _ key: String) -> Destination? {
        guard let fields = fields.map(key, keys: ["number", "reach"], optional: true),
            let reach = fields.choice("reach", of: [Reach.inside, .outside]),
            let number = fields.text("number", reach == .inside ? .extension : .worldNumber)
        else { return nil }
        return Destination(number: number, reach: reach)
    }

    /// Nil if one of them could not be read: then "active" cannot be judged.
    private static func devices(_ user: Fields, _ mistakes: MistakeList) -> [Read<Device>]? {
        guard let nodes = user.list("devices", of: "devices") else { return nil }
        let devices = nodes.compactMap { device($0, user.place, mistakes) }
        return devices.count == nodes.count ? devices : nil
    }

    private static func device(_ node: FileNode, _ place: String, _ mistakes: MistakeList) -> Read<Device>? {
        let keys = ["id", "name", "kind", "reach", "number", "guard", "ringSeconds"]
        let fields = Fields(node, "\(place), \(name("device", node))", keys: keys, mistakes)
        let id = fields.text("id", .id)
        let name = fields.text("name", .name)
        let kind = fields.choice("kind", of: DeviceKind.allCases)
        let reach = fields.choice("reach", of: [Reach.inside, .outside])
        let number = reach.flatMap { fields.text("number", $0 == .inside ? .extension : .worldNumber) }
        let usual = reach == .outside ? AnswerGuard.key : .none
        let answerGuard = fields.choice("guard", of: AnswerGuard.allCases, default: usual)
        let ring = fields.number("ringSeconds", in: 5...120, default: 25)
        guard let id, let name, let kind, let reach, let number, let answerGuard, let ring else { return nil }
        let device = Device(
            id: DeviceID(unchecked: id), kind: kind, reach: reach, number: number, answerGuard: answerGuard,
            name: name, ringSeconds: ring)
        return (device, fields)
    }

    /// "user \"anna\"", or just "user" if it has no id to call it by.
    static func name(_ what: String, _ node: FileNode) -> String {
        guard case .map(let pairs) = node.content, let id = pairs.first(where: { $0.key == "id" }),
            case .scalar(let text, _) = id.value.content
        else { return what }
        return "\(what) \"\(text.prefix(40))\""
    }
}
