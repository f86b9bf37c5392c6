import BusContract
import CallControl
import TelephonyModel

/// One state of the directory, ready to be asked: made off the loop, read on it.
struct Directory: Sendable {
    let revision: Int
    let trunks: [DirectoryTrunk]
    let lookup: UserLookup
    let office: OfficeNumbers
    let clock: OfficeClock
    private let users: [UserID: DirectoryUser]

    init(_ answer: DirectoryQuery.Answer, order: [UserLookup.Place]) {
        (revision, trunks, office) = (answer.revision, answer.trunks, answer.office)
        lookup = UserLookup(answer.users, office: answer.office, order: order)
        clock = OfficeClock(answer.office)
        users = Dictionary(answer.users.map { ($0.user, $0) }) { first, _ in first }
    }

    func user(_ id: UserID) -> DirectoryUser? { users[id] }
    func trunk(_ id: TrunkID) -> DirectoryTrunk? { trunks.first { $0.trunk == id } }

    /// The trunk that a datagram came from: by address; by port too if several share the address.
    func trunk(from address: String, port: UInt16) -> DirectoryTrunk? {
        let there = trunks.filter { $0.address == address }
        return there.first { $0.port == port } ?? there.first
    }
}
