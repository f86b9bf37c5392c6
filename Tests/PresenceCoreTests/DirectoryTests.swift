import BusContract
import PresenceCore
import TelephonyModel
import Testing

/// The directory over its life: files are loaded over each other, users choose their phones.
@Suite struct DirectoryTests {
    private let anna = UserID(unchecked: "anna"), ben = UserID(unchecked: "ben")
    private let mobile = DeviceID(unchecked: "mobile"), office = DeviceID(unchecked: "office")

    private func file(
        mobiles: Bool = true, password: String = "$y$a$b", name: String = "Ben", channels: Int = 30
    ) -> DirectoryFile {
        DirectoryFile(
            office: OfficeNumbers(
                country: "DE", areaCode: "89", outsidePrefix: "0", internalBands: ["2X"], trunkNumber: "+4989840987"),
            trunks: [
                DirectoryTrunk(
                    trunk: TrunkID(unchecked: "pbx"), address: "127.0.0.1", port: 5060, outsidePrefix: "0",
                    bypassPrefix: "7", sipChannels: channels, outsideChannels: 30, reserve: 2)
            ],
            users: [
                entry(anna, "Anna", "23", mobiles ? [office, mobile] : [office], password),
                entry(ben, name, "24", [office], "$y$c$d"),
            ])
    }

    private func entry(
        _ id: UserID, _ name: String, _ number: String, _ devices: [DeviceID], _ hash: String
    ) -> DirectoryFile.Entry {
        let devices = devices.map {
            Device(
                id: $0, kind: $0 == office ? .office : .mobile, reach: .inside, number: number, answerGuard: .none,
                name: "Phone", ringSeconds: 25)
        }
        return DirectoryFile.Entry(
            user: DirectoryUser(
                user: id, name: name, officeNumber: "+49898409\(number)", extension: number, language: .en,
                devices: devices, active: office, fallback: nil),
            passwordHash: hash)
    }

    @Test func theSameFileAgainChangesNothing() {
        #expect(Directory(revision: 4, file: file()).loaded(file()) == nil)
    }

    @Test func aChosenDeviceSurvivesALoadIfItIsStillThere() throws {
        var directory = Directory(revision: 1, file: file())
        #expect(try directory.choose(mobile, for: anna) == true)
        #expect(directory.revision == 2 && directory.user(anna)?.active == mobile)
        let loaded = try #require(directory.loaded(file(name: "Benjamin")))
        #expect(loaded.revision == 3 && loaded.user(anna)?.active == mobile)
        let without = try #require(loaded.loaded(file(mobiles: false)))
        #expect(without.user(anna)?.active == office && without.chosen.isEmpty)
    }

    /// A ring plan is chosen as a device is: its first device is what a call-back rings.
    @Test func aRingPlanIsChosen() throws {
        let plan = RingPlan(
            id: PlanID(unchecked: "both"), name: "Both", mode: .simultaneous,
            steps: [RingStep(device: mobile), RingStep(device: office)])
        var planned = file()
        planned.users[0].user.plans = [plan]
        var directory = Directory(revision: 1, file: planned)
        #expect(try directory.choose(plan.id, for: anna) == true)
        #expect(directory.user(anna)?.plan == plan && directory.user(anna)?.active == mobile && directory.revision == 2)
        #expect(try directory.choose(plan.id, for: anna) == false)
        guard case .devices(_, mobile, [plan], plan.id) = try directory.devices(of: anna) else {
            Issue.record("the plan is not shown")
            return
        }
        let loaded = try #require(directory.loaded(file(name: "Benjamin")))
        #expect(loaded.user(anna)?.plan == nil && loaded.user(anna)?.active == office && loaded.chosen.isEmpty)
        // Its first device, chosen alone, is something else.
        #expect(try directory.choose(mobile, for: anna) == true)
        #expect(directory.user(anna)?.plan == nil && directory.user(anna)?.active == mobile)
        let refusal = #expect(throws: Refusal.self) {
            _ = try directory.choose(PlanID(unchecked: "none"), for: self.anna)
        }
        #expect(refusal?.code == "no-such-plan" && refusal?.sentence.contains("choose one of both") == true)
    }

    @Test func choosingWhatIsActiveChangesNothing() throws {
        var directory = Directory(revision: 1, file: file())
        #expect(try directory.choose(office, for: anna) == false)
        #expect(directory.revision == 1)
    }

    @Test func choosingWhatIsNotThereNamesWhatIs() {
        var directory = Directory(revision: 1, file: file())
        let refusal = #expect(throws: Refusal.self) { try directory.choose(DeviceID(unchecked: "fax"), for: anna) }
        #expect(refusal?.status == 404 && refusal?.sentence.contains("choose one of office, mobile") == true)
        #expect(throws: Refusal.self) { try directory.choose(office, for: UserID(unchecked: "nobody")) }
    }

    @Test func whoKeepsACopyLearnsOfWhomItConcerns() throws {
        let old = Directory(revision: 1, file: file())
        #expect(old.changed(since: nil) == [anna, ben])
        #expect(try #require(old.loaded(file(name: "Benjamin"))).changed(since: old) == [ben])
        #expect(try #require(old.loaded(file(channels: 10))).changed(since: old) == [anna, ben])
        let smaller = DirectoryFile(office: file().office, trunks: file().trunks, users: [file().users[0]])
        #expect(try #require(old.loaded(smaller)).changed(since: old) == [ben])
    }

    @Test func aNewPasswordOrALeaverEndsLogIns() throws {
        let old = Directory(revision: 1, file: file())
        #expect(try #require(old.loaded(file(password: "$y$x$y"))).loggedOut(since: old) == [anna])
        let smaller = DirectoryFile(office: file().office, trunks: file().trunks, users: [file().users[1]])
        #expect(try #require(old.loaded(smaller)).loggedOut(since: old) == [anna])
        #expect(try #require(old.loaded(file(name: "Benjamin"))).loggedOut(since: old).isEmpty)
    }

    @Test func aUserSeesHisOwnNumbers() throws {
        let answer = try Directory(revision: 1, file: file()).devices(of: anna)
        guard case .devices(let devices, let active, _, _) = answer else { return #expect(Bool(false), "no devices") }
        #expect(devices.map(\.active) == [true, false] && active == office && devices[0].number == "23")
    }
}
