import BusContract
import Foundation
import LocalHouse
import TelephonyModel

/// All services with real broker and database; sipp plays the trunk, both as caller and as everybody who is called.
struct BenchStage {
    let house: House
    /// Where the trunk is: the port of whoever answers.
    let trunkPort: UInt16

    /// As many users as may talk at once at the highest rate, each with an inside phone that needs no guard.
    static let users = 200
    static let password = "bench"
    /// Of the password, at yescrypt's lowest cost: two hundred log-ins come before the first call.
    private static let passwordHash = "$y$j75$rufbusbench0..$51ecB34orpEixXoNTvN1KERnaAPmOXa0BuCDSP6W8.9"

    static func start() async throws -> BenchStage {
        let port = try FreePort.next()
        let house = try await House.start(
            [.broker, .database, .services], rtp: 2_000, directory: { _, _ in directory(trunkPort: port) })
        return BenchStage(house: house, trunkPort: port)
    }

    /// The office number of a user: +4989840987 and an extension from 200 on.
    static func officeNumber(_ user: Int) -> String { "+4989840987\(200 + user)" }
    static func userID(_ user: Int) -> UserID { UserID(unchecked: "user-\(user)") }

    private static func directory(trunkPort: UInt16) -> DirectoryFile {
        let office = OfficeNumbers(
            country: "DE", areaCode: "89", outsidePrefix: "", internalBands: ["2XX", "3XX", "5XXX"],
            trunkNumber: "+4989840987")
        // Without OPTIONS of ours: sipp would count each as one of its calls.
        let trunk = DirectoryTrunk(
            trunk: TrunkID(unchecked: "sipp"), targets: [TrunkTarget(address: "127.0.0.1", port: trunkPort)],
            keepAliveSeconds: 0, outsidePrefix: "", bypassPrefix: "7", sipChannels: 1_000, outsideChannels: 1_000,
            reserve: 2)
        return DirectoryFile(office: office, trunks: [trunk], users: (0..<users).map(user))
    }

    private static func user(_ number: Int) -> DirectoryFile.User {
        let phone = Device(
            id: DeviceID(unchecked: "phone"), kind: .softphone, reach: .inside, number: "\(5_000 + number)",
            answerGuard: .none, name: "Phone", ringSeconds: 25)
        let facts = DirectoryUser(
            user: userID(number), name: "User \(number)", officeNumber: officeNumber(number),
            extension: "\(200 + number)", language: .en, devices: [phone], active: phone.id, fallback: nil)
        return DirectoryFile.User(facts, passwordHash: passwordHash)
    }
}
