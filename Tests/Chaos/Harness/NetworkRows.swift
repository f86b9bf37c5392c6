import Foundation
import LocalHouse

/// Faults of the ways to broker and database, by the relays.
extension ChaosRow {
    private enum Link: String, Sendable { case bus, database }

    static let network: [ChaosRow] = [
        cut(.bus, isQuick: true), cut(.database, isQuick: true), delayed(.bus, isQuick: true),
        delayed(.database, isQuick: false), halfOpen(.bus), halfOpenDatabase,
    ]

    /// How long a thread may hang on a peer that says nothing.
    static let hangLimit = 10.0

    private static func relay(_ link: Link, _ run: RowRun) -> Relay {
        link == .bus ? run.chaos.busRelay : run.chaos.databaseRelay
    }

    private static func cut(_ link: Link, isQuick: Bool) -> ChaosRow {
        ChaosRow(name: "\(link)-cut", isQuick: isQuick, relayed: true) { run in
            for kill in 1...run.form.kills {
                try await run.reached(0.2 * Double(kill))
                relay(link, run).set(.cut)
                try await Task.sleep(for: .seconds(1))
                relay(link, run).set(.open)
                let back = Date()
                try await run.publishersAre("connected")
                try await run.recovery(since: back)
            }
        }
    }

    private static func delayed(_ link: Link, isQuick: Bool) -> ChaosRow {
        ChaosRow(name: "\(link)-delayed", isQuick: isQuick, relayed: true) { run in
            try await run.reached(0.2)
            relay(link, run).set(.delayed(milliseconds: 300))
            try await run.reached(0.8)
            let states = Set(run.publishers.map(\.progress.state))
            run.require(states == ["connected"], "publishers are \(states) after a delay of 300 ms")
            relay(link, run).set(.open)
            try await run.recovery(since: Date())
        }
    }

    /// Publishers and journals hear nothing more of the broker.
    private static func halfOpen(_ link: Link) -> ChaosRow {
        ChaosRow(name: "\(link)-half-open", isQuick: false, relayed: true) { run in
            try await run.reached(0.2)
            relay(link, run).set(.halfOpen)
            let noticed = try await run.publishersAre("lost")
            run.note("noticed=\(rounded(noticed))s")
            run.require(noticed <= hangLimit, "publishers hung for \(rounded(noticed)) s")
            try await Task.sleep(for: .seconds(max(0, 15 - noticed)))
            relay(link, run).set(.open)
            let back = Date()
            try await run.publishersAre("connected")
            try await run.recovery(since: back)
        }
    }

    /// The journal that stores hears nothing more of the database; its log says when it has noticed.
    private static let halfOpenDatabase = ChaosRow(name: "database-half-open", isQuick: false, relayed: true) { run in
        try await run.reached(0.2)
        let journal = try await run.storingJournal()
        let before = warnings(journal)
        run.chaos.databaseRelay.set(.halfOpen)
        let begin = ContinuousClock.now
        try await run.until("the journal has noticed", .seconds(30)) { warnings(journal) > before }
        let noticed = (ContinuousClock.now - begin) / .seconds(1)
        run.note("noticed=\(rounded(noticed))s")
        run.require(noticed <= hangLimit, "the journal hung for \(rounded(noticed)) s")
        try await Task.sleep(for: .seconds(max(0, 15 - noticed)))
        run.chaos.databaseRelay.set(.open)
        try await run.recovery(since: Date())
    }

    private static func warnings(_ journal: ServiceProcess) -> Int {
        journal.child.logText.components(separatedBy: "events wait for the database").count
    }
}
