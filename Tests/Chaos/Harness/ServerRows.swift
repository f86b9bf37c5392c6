import Foundation
import LocalHouse

extension ChaosRow {
    /// Bus, database and journal, in the order they run.
    public static let bus: [ChaosRow] =
        [
            brokerKilled, databaseKilled, journalKilled, journalFrozen,
        ] + network + alarms + outboxes + seats + [strange]

    /// kill -9 of the broker, and its restart.
    static let brokerKilled = ChaosRow(name: "broker-killed", isQuick: true) { run in
        for kill in 1...run.form.kills {
            try await run.reached(0.2 * Double(kill))
            await run.broker.kill()
            try await run.broker.start()
            let back = Date()
            try await run.publishersAre("connected")
            try await run.recovery(since: back)
        }
    }

    /// kill -9 of PostgreSQL. While it is away the broker holds what was confirmed; in the longest absence both
    /// journals are killed too: what they had acknowledged without a commit would be gone.
    static let databaseKilled = ChaosRow(name: "database-killed", isQuick: true) { run in
        let longest = run.form.databaseAway.max() ?? .zero
        for (number, away) in run.form.databaseAway.enumerated() {
            try await run.reached(0.2 * Double(number + 1))
            await run.database.kill()
            try await Task.sleep(for: away)
            if away == longest { try await killJournals(run) }
            try await run.database.start()
            let back = Date()
            if away == longest { try await run.chaos.startJournals(relayed: false) }
            try await run.recovery(since: back)
        }
    }

    private static func killJournals(_ run: RowRun) async throws {
        for instance in ChaosHouse.journalInstances { try await run.chaos.journal(instance).kill() }
        run.note("held=\(try await run.broker.heldMessages())")
    }

    /// kill -9 of the journal that stores: the other one takes over; then it is started again.
    static let journalKilled = ChaosRow(name: "journal-killed", isQuick: true) { run in
        for kill in 1...run.form.kills {
            try await run.reached(0.2 * Double(kill))
            let journal = try await run.storingJournal()
            let killed = Date()
            await journal.kill()
            try await run.takeOver(from: journal, since: killed)
            try await run.chaos.startJournal(journal.instance)
        }
    }

    /// SIGSTOP for 10 s and SIGCONT: the frozen one goes on with what it had in hand when it wakes.
    static let journalFrozen = ChaosRow(name: "journal-frozen", isQuick: false) { run in
        try await run.reached(0.2)
        let journal = try await run.storingJournal()
        let frozen = Date()
        journal.child.freeze()
        try await run.takeOver(from: journal, since: frozen)
        let left = 10 - Date().timeIntervalSince(frozen)
        if left > 0 { try await Task.sleep(for: .seconds(left)) }
        journal.child.thaw()
    }
}
