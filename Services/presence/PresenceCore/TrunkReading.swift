import BusContract
import TelephonyModel

/// Trunks in a directory file.
extension DirectoryReading {
    private static let trunkKeys = [
        "id", "address", "port", "targets", "sources", "registration", "keepAliveSeconds", "sessionTimerRequired",
        "lastAnswer", "noAnswerSeconds", "identity", "outsidePrefix", "bypassPrefix", "sipChannels", "outsideChannels",
        "reserve",
    ]

    /// - Parameters:
    ///   - office: to judge identity profiles by; nil if it could not be read.
    ///   - profile: the file of an identity profile, by its path.
    static func trunk(
        _ node: FileNode, _ office: OfficeNumbers?, _ mistakes: MistakeList,
        _ profile: (String) throws(DirectoryMistakes) -> FileNode?
    ) -> Read<DirectoryTrunk>? {
        let fields = Fields(node, name("trunk", node), keys: trunkKeys, mistakes)
        let id = fields.text("id", .id)
        let targets = targets(fields, mistakes)
        let identity = ProfileReading(office, mistakes).identity(fields, profile)
        let outside = fields.text("outsidePrefix", .optionalPrefix, default: "")
        let bypass = fields.text("bypassPrefix", .prefix)
        let sip = fields.number("sipChannels", in: 1...10_000)
        let channels = fields.number("outsideChannels", in: 0...10_000)
        let reserve = fields.number("reserve", in: 0...1_000, default: 2)
        let behaviour = behaviour(fields)
        guard let id, let targets, let identity, let outside, let bypass, let sip, let channels, let reserve,
            let behaviour
        else { return nil }
        var trunk = DirectoryTrunk(
            trunk: TrunkID(unchecked: id), targets: targets, identity: identity, outsidePrefix: outside,
            bypassPrefix: bypass, sipChannels: sip, outsideChannels: channels, reserve: reserve)
        behaviour(&trunk)
        return (trunk, fields)
    }

    /// What is usual where the file says nothing.
    private static func behaviour(_ fields: Fields) -> ((inout DirectoryTrunk) -> Void)? {
        let sources = fields.texts("sources", of: "addresses", .source, optional: true)
        let registration = registration(fields)
        let keepAlive = fields.number("keepAliveSeconds", in: 0...3_600, default: 30)
        let timer = fields.flag("sessionTimerRequired", default: false)
        let last = fields.choice("lastAnswer", of: DirectoryTrunk.LastAnswer.allCases, default: .notHere)
        let noAnswer = fields.number("noAnswerSeconds", in: 10...600, default: 60)
        guard let sources, let keepAlive, let timer, let last, let noAnswer else { return nil }
        return {
            ($0.sources, $0.registration, $0.keepAliveSeconds) = (sources, registration, keepAlive)
            ($0.sessionTimerRequired, $0.lastAnswer, $0.noAnswerSeconds) = (timer, last, noAnswer)
        }
    }

    /// One `address` with its `port`, or a list.
    private static func targets(_ trunk: Fields, _ mistakes: MistakeList) -> [TrunkTarget]? {
        guard trunk.has("targets") else {
            let address = trunk.text("address", .address)
            guard let port = trunk.number("port", in: 1...65_535, default: 5060), let address else { return nil }
            return [TrunkTarget(address: address, port: UInt16(port))]
        }
        for key in ["address", "port"] where trunk.has(key) {
            trunk.mistake(key, "expected targets or address and port, found both")
        }
        guard let nodes = trunk.list("targets", of: "targets") else { return nil }
        let targets = nodes.compactMap { target($0, trunk.place, mistakes) }
        return targets.count == nodes.count ? targets : nil
    }

    private static func target(_ node: FileNode, _ place: String, _ mistakes: MistakeList) -> TrunkTarget? {
        let keys = ["address", "port", "transport", "priority", "serverName"]
        let fields = Fields(node, "\(place), targets", keys: keys, mistakes)
        let address = fields.text("address", .address)
        let transport = fields.choice("transport", of: Transport.allCases, default: .udp)
        let port = fields.number("port", in: 1...65_535, default: transport == .tls ? 5061 : 5060)
        let priority = fields.number("priority", in: 0...1_000, default: 0)
        let server = fields.has("serverName") ? fields.text("serverName", .hostName) : nil
        if server != nil, let transport, transport != .tls {
            fields.mistake("serverName", "only a target with transport: tls shows a certificate")
        }
        guard let address, let transport, let port, let priority else { return nil }
        return TrunkTarget(
            address: address, port: UInt16(port), transport: transport, priority: priority, serverName: server)
    }

    private static func registration(_ trunk: Fields) -> TrunkRegistration? {
        let keys = ["domain", "user", "authUser", "expirySeconds"]
        guard let fields = trunk.map("registration", keys: keys, optional: true) else { return nil }
        let domain = fields.text("domain", .hostName)
        let user = fields.text("user", .sipUser)
        let authUser = fields.has("authUser") ? fields.text("authUser", .sipUser) : nil
        let expiry = fields.number("expirySeconds", in: 30...120, default: 120)
        guard let domain, let user, let expiry else { return nil }
        return TrunkRegistration(domain: domain, user: user, authUser: authUser, expirySeconds: expiry)
    }

    /// No two trunks have the same target: a request from there would be of either.
    func checkTargets(_ mistakes: MistakeList) {
        var owners: [TrunkTarget: String] = [:]
        for (trunk, fields) in trunks {
            for var target in trunk.targets {
                (target.priority, target.serverName) = (0, nil)
                guard let other = owners.updateValue(fields.place, forKey: target) else { continue }
                fields.mistake(
                    fields.has("targets") ? "targets" : "address",
                    "\(target.transport):\(target.address):\(target.port) is a target of \(other) already")
            }
        }
    }
}
