import BusContract
import LocalHouse
import TelephonyModel
import Testing

/// The office of the tests: the house, its users and its phones.
struct Office: Sendable {
    let house: House
    let ledger: Ledger
    let witnesses = Witnesses()
    /// With a fallback (her office phone); her mobile asks for a key.
    let anna: APIClient
    /// Without a fallback.
    let carl: APIClient
    /// With a colleague, Carl, as fallback.
    let dora: APIClient
    /// With ring plans, and a phone that Rufbus does not serve as fallback.
    let emil: APIClient

    static let users = ["anna", "carl", "dora", "emil"]
    static let mobile = "491711234567"
    static let carlsMobile = "491719876543"
    static let dorasMobile = "491715550123"
    static let emilsMobile = "491716660123"
    static let mobiles = [mobile, carlsMobile, dorasMobile, emilsMobile]
    /// As dialled inside: the phone 29, past Rufbus.
    static let colleague = "729"
    static let customer = "498912345678"
    static let secondCustomer = "498955500022"
    static let password = "e2e"

    /// - Parameter link: how the PBX is reached.
    init(_ link: House.Link = House.Link()) async throws {
        house = try await House.start(.services, link: link) { Self.directory($0, $1, link) }
        ledger = try await Ledger(house.broker.url(for: "admin"))
        anna = try await APIClient.login(house.apiURL, "anna", password: Self.password)
        carl = try await APIClient.login(house.apiURL, "carl", password: Self.password)
        dora = try await APIClient.login(house.apiURL, "dora", password: Self.password)
        emil = try await APIClient.login(house.apiURL, "emil", password: Self.password)
    }

    private static func directory(_ pbx: String, _ port: UInt16, _ link: House.Link) -> DirectoryFile {
        var trunk = Demo.trunk(pbx, port)
        trunk.targets[0].transport = link.transport
        trunk.targets[0].serverName = link.serverName
        trunk.registration = link.account.map { TrunkRegistration(domain: pbx, user: $0.user) }
        // Two that calls may use: one call between outside phones fills it.
        (trunk.outsideChannels, trunk.reserve) = (4, 2)
        return DirectoryFile(
            office: Demo.office, trunks: [trunk],
            users: [
                user("anna", "23", mobile, fallback: .init(number: "23", reach: .inside)),
                user("carl", "25", carlsMobile, fallback: nil),
                user("dora", "26", dorasMobile, fallback: .init(number: "25", reach: .inside)),
                emilsEntry,
            ])
    }

    private static var emilsEntry: DirectoryFile.User {
        var entry = user("emil", "27", emilsMobile, fallback: .init(number: colleague, reach: .inside))
        let desk = DeviceID(unchecked: "office"), mobile = DeviceID(unchecked: "mobile")
        entry.facts.plans = [
            RingPlan(
                id: PlanID(unchecked: "everywhere"), name: "Everywhere", mode: .simultaneous,
                steps: [
                    RingStep(device: desk, ringSeconds: 20), RingStep(device: mobile, ringSeconds: 20),
                ]),
            RingPlan(
                id: PlanID(unchecked: "in-a-row"), name: "In a row", mode: .sequence,
                steps: [RingStep(device: desk, ringSeconds: 5), RingStep(device: mobile, ringSeconds: 15)]),
        ]
        return entry
    }

    private static func user(
        _ id: String, _ number: String, _ mobile: String, fallback: DirectoryUser.Fallback?
    ) -> DirectoryFile.User {
        let outside = Device(
            id: DeviceID(unchecked: "mobile"), kind: .mobile, reach: .outside, number: "+" + mobile, answerGuard: .key,
            name: "Mobile", ringSeconds: 5)
        let office = Device(
            id: DeviceID(unchecked: "office"), kind: .office, reach: .inside, number: number, answerGuard: .none,
            name: "Office phone", ringSeconds: 5)
        let facts = DirectoryUser(
            user: UserID(unchecked: id), name: id, officeNumber: "+4989840987" + number, extension: number,
            language: .de, devices: [outside, office], active: outside.id, fallback: fallback)
        return .init(facts, passwordHash: "$y$j9T$rufbuse2euser0..$wpLsJbY6KKq4oy7y76Yg4ObAXZ6G6km3SPWaCDQ0tW.")
    }
}

extension Office {
    /// A phone that speaks a tone of this pitch until it is told otherwise.
    func phone(
        _ name: String, _ user: String, hertz: Double, _ answering: BaresipPhone.Answering = .byHand
    ) async throws -> BaresipPhone {
        let number = Int.random(in: 0..<1_000_000)
        let file = "\(house.folder.path)/tone-\(Int(hertz))-\(number).wav"
        try Sound.write(file, hertz: hertz, seconds: 30)
        let phone = try await BaresipPhone(
            "\(name)-\(number)", user: user, pbx: house.pbx, speaks: file, answering: answering, in: house.folder)
        witnesses.add(
            Witness(name: name, number: user, child: phone.child, trace: { phone.trace }, stop: { await phone.stop() }))
        return phone
    }

    /// Anna's mobile. It answers after 2.5 s, when a person may have lifted it, or by hand.
    func mobile(_ answering: BaresipPhone.Answering = .after(.seconds(2.5))) async throws -> BaresipPhone {
        try await phone("mobile", Self.mobile, hertz: Pitch.user, answering)
    }
    /// Anna's office phone.
    func desk(_ answering: BaresipPhone.Answering = .after(.milliseconds(500))) async throws -> BaresipPhone {
        try await phone("desk", "23", hertz: Pitch.user, answering)
    }
    func emilsMobile(_ answering: BaresipPhone.Answering = .after(.seconds(2.5))) async throws -> BaresipPhone {
        try await phone("mobile", Self.emilsMobile, hertz: Pitch.user, answering)
    }
    func emilsDesk(_ answering: BaresipPhone.Answering = .after(.milliseconds(500))) async throws -> BaresipPhone {
        try await phone("desk", "27", hertz: Pitch.user, answering)
    }
    /// Calls through the PBX by a scenario.
    func caller(_ name: String, _ scenario: String) throws -> Sipp {
        let phone = try Sipp(name, scenario, remote: "\(house.pbx.address):\(house.pbx.port)", in: house.folder)
        witnesses.add(
            Witness(
                name: name, number: Self.customer, child: phone.child, trace: { phone.trace },
                stop: { await phone.stop() }))
        return phone
    }
    func customer(_ answering: BaresipPhone.Answering = .after(.seconds(1))) async throws -> BaresipPhone {
        try await phone("customer", Self.customer, hertz: Pitch.party, answering)
    }

    /// Anna's mobile, the customer, and the call between them.
    func talk() async throws -> (mobile: BaresipPhone, customer: BaresipPhone, call: CallID) {
        let (mobile, customer) = (try await mobile(), try await customer())
        let call = try await anna.call(EndToEnd.CallBack.number).call
        try await anna.wait(call, [.talking])
        return (mobile, customer, call)
    }

    /// A phone that rings and then refuses with this status; registered as `user` while `body` runs.
    func refusing(_ status: Int, as user: String, _ body: () async throws -> Void) async throws {
        let phone = try Sipp("refuses-\(status)", Scenario.refuses(status), in: house.folder)
        witnesses.add(
            Witness(
                name: "sipp", number: user, child: phone.child, trace: { phone.trace }, stop: { await phone.stop() }))
        try house.pbx.register(user, at: phone.port)
        do { try await body() } catch {
            await phone.stop()
            try house.pbx.unregister(user, at: phone.port)
            throw error
        }
        try await phone.finish(limit: .seconds(10))
        try house.pbx.unregister(user, at: phone.port)
    }
}

/// What the phones speak, in Hz: apart from each other, from tones (425 Hz) and from key presses.
enum Pitch {
    static let user = 600.0
    static let party = 1_000.0
    /// Ringback, busy and congestion in Germany.
    static let progress = 425.0
}

extension Office {
    /// Ends the house and the phones that a failed test has left.
    func stop() async {
        await witnesses.endAll()
        await ledger.stop()
        await house.stop()
    }
}

extension [BaresipPhone] {
    func stop() async {
        await withTaskGroup(of: Void.self) { group in for phone in self { group.addTask { await phone.stop() } } }
    }
}
