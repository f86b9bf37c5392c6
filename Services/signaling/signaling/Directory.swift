import BusContract
import CallControl
import TelephonyModel
import TrunkControl

/// One state of the directory, ready to be asked: made off the loop, read on it.
struct Directory: Sendable {
    let revision: Int
    let trunks: [DirectoryTrunk]
    let lookup: UserLookup
    let office: OfficeNumbers
    /// Which addresses are which trunk's.
    let sources: SourceRules
    let clock: OfficeClock
    private let users: [UserID: DirectoryUser]

    init(_ answer: DirectoryQuery.Answer, order: [UserLookup.Place]) {
        (revision, trunks, office) = (answer.revision, answer.trunks, answer.office)
        sources = SourceRules(answer.trunks)
        lookup = UserLookup(answer.users, office: answer.office, order: order)
        clock = OfficeClock(answer.office)
        users = Dictionary(answer.users.map { ($0.user, $0) }) { first, _ in first }
    }

    func user(_ id: UserID) -> DirectoryUser? { users[id] }
    func trunk(_ id: TrunkID) -> DirectoryTrunk? { trunks.first { $0.trunk == id } }

    /// The trunk that a message came from: one whose sources allow the address; of several the one with a target at
    /// that very address and port, else the one that allows the fewest others.
    func trunk(from address: String, port: UInt16) -> DirectoryTrunk? {
        let there = sources.trunks(from: address).compactMap { trunk($0) }
        return there.first { $0.targets.contains { $0.address == address && $0.port == port } } ?? there.first
    }
}
