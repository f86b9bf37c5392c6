import BusClient
import BusContract
import Dispatch
import Logging
import Postgres
import PresenceCore
import Synchronization
import TelephonyModel

/// What presence knows, in memory: the directory, whose phone is in use, who is logged in. Questions are answered from
/// here, also while the database is away; changes go to the database first.
final class Desk: Sendable {
    struct Memory: Sendable {
        var directory: Directory
        var board = PhoneBoard()
        var watch = SignalingWatch()
        var throttle = LoginThrottle()
        /// By token: those that this process gave out or was shown.
        var tokens: [String: Holder] = [:]
        /// Log-ins whose password is being looked at.
        var logins = 0
    }
    struct Holder: Sendable {
        let user: UserID
        /// Milliseconds since 1970.
        let expiresAt: Int64
    }

    let memory: Mutex<Memory>
    let database: Database
    let bus: Bus
    let logger: Logger
    /// One password at a time: each costs some 50 ms of CPU.
    let passwords = DispatchQueue(label: "rufbus.presence.passwords")
    /// Looked at for names that do not exist, so that they take as long.
    let unknownHash: String

    init(_ directory: Directory, database: Database, bus: Bus, logger: Logger) {
        memory = Mutex(Memory(directory: directory))
        (self.database, self.bus, self.logger) = (database, bus, logger)
        unknownHash = PasswordHash.make(uuid7()) ?? ""
    }

    func answer(_ responder: Responder<DirectoryQuery.Answer>) {
        responder.answer(memory.withLock { $0.directory.answer })
    }

    func answer(_ query: PresenceQuery, _ responder: Responder<PresenceQuery.Answer>) {
        switch query.question {
        case .login(let name, let password): login(name, password, responder)
        case .token(let token): holder(of: token, responder)
        case .devices(let user):
            responder.settle { () throws(Refusal) in
                try memory.withLock { memory throws(Refusal) in try memory.directory.devices(of: user) }
            }
        case .setActive(let user, let device):
            Task {
                await choose(device.rawValue, for: user, responder) { (wanted) throws(Refusal) in
                    try wanted.choose(device, for: user)
                }
            }
        case .setPlan(let user, let plan):
            Task {
                await choose(plan.rawValue, for: user, responder) { (wanted) throws(Refusal) in
                    try wanted.choose(plan, for: user)
                }
            }
        case .user(let user):
            responder.settle { () throws(Refusal) in
                .user(try memory.withLock { memory throws(Refusal) in try memory.directory.known(user) })
            }
        case .office: responder.answer(.office(memory.withLock { $0.directory.file.office }))
        case .statuses: responder.answer(.statuses(memory.withLock { $0.statuses }))
        case .status(let user):
            responder.settle { () throws(Refusal) in
                try memory.withLock { memory throws(Refusal) in .status(try memory.status(of: user)) }
            }
        }
    }

    // MARK: The directory

    /// - Parameters:
    ///   - id: of a ring plan or a device.
    ///   - choosing: the same in memory; whether that changes anything.
    private func choose(
        _ id: String, for user: UserID, _ responder: Responder<PresenceQuery.Answer>,
        _ choosing: (inout Directory) throws(Refusal) -> Bool
    ) async {
        do throws(Refusal) {
            var wanted = memory.withLock { $0.directory }
            if try choosing(&wanted) {
                guard
                    let revision = try await change({ (connection) throws(PostgresError) in
                        try connection.choose(id, for: user)
                    })
                else { throw Refusal(409, "directory-changed", "The directory has just changed: try again.") }
                if wanted.revision == revision { take(wanted) } else { await reread() }
            }
            responder.answer(try memory.withLock { memory throws(Refusal) in try memory.directory.devices(of: user) })
        } catch {
            responder.refuse(error)
        }
    }

    /// Another replica changed the directory.
    func changedElsewhere(_ changed: UserChanged) async {
        guard memory.withLock({ $0.directory.revision }) < changed.revision else { return }
        await reread()
    }

    private func reread() async {
        do throws(PostgresError) {
            guard
                let directory = try await database.run({ (connection) throws(PostgresError) in
                    try connection.directory()
                })
            else { return }
            take(directory)
        } catch {
            logger.warning("the directory cannot be read again now", metadata: ["error": "\(error)"])
        }
    }

    /// Makes a newer directory the present one, and tells who keeps a copy.
    func take(_ directory: Directory) {
        let changed: [UserID] = memory.withLock { memory in
            let old = memory.directory
            guard directory.revision > old.revision else { return [] }
            memory.directory = directory
            let loggedOut = Set(directory.loggedOut(since: old))
            if !loggedOut.isEmpty { memory.tokens = memory.tokens.filter { !loggedOut.contains($0.value.user) } }
            return directory.changed(since: old)
        }
        announce(changed, revision: directory.revision)
    }

    func announce(_ users: [UserID], revision: Int) {
        for user in users {
            bus.publish(
                UserChanged(user: user, revision: revision), type: UserChanged.type, key: RoutingKey.userChanged(user),
                durable: false)
        }
        publishStatus(of: users)
    }

    /// A change in the database.
    /// - Throws: 503 if it cannot be written now.
    func change<T: Sendable>(
        _ work: @escaping @Sendable (Connection) throws(PostgresError) -> T
    ) async throws(Refusal) -> T {
        do throws(PostgresError) { return try await database.run(work) } catch {
            logger.warning("a change cannot be written", metadata: ["error": "\(error)"])
            throw .databaseAway
        }
    }
}

extension Desk.Memory {
    func status(of user: UserID) throws(Refusal) -> UserStatus { status(of: try directory.known(user)) }
    var statuses: [UserStatus] { directory.users.map(status) }

    private func status(of facts: DirectoryUser) -> UserStatus {
        let kind = facts.devices.first { $0.id == facts.active }?.kind ?? .other
        let phone = board.phone(of: facts.user, fallbackIsOwn: facts.fallbackIsOwn)
        return UserStatus(
            user: facts.user, name: facts.name, officeNumber: facts.officeNumber, phone: phone, reachedAt: kind)
    }
}

extension Refusal {
    static let databaseAway = Refusal(
        503, "database-away",
        "Nothing can be changed at the moment: the directory's database does not answer. Try again in a few seconds.")
}

extension Responder {
    func settle(_ work: () throws(Refusal) -> Answer) {
        do throws(Refusal) { answer(try work()) } catch { refuse(error) }
    }
}
