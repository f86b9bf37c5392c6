import ArgumentParser
import BusClient
import Foundation
import Postgres

/// `rufbus-journal verify`: counts entries again from their events.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Count entries again from their events and say what differs.",
        discussion: """
            Ends with 1 if something differs. Changes nothing, and may run beside the service. --from and --to look at \
            the time that a call's id tells.
            """)
    @Option(help: "Calls made from then on: 2026-03-01 or 2026-03-01T12:00:00Z.") var from: String?
    @Option(help: "Calls made before then.") var to: String?
    @OptionGroup var tool: JournalTool

    func validate() throws { _ = try range() }

    func run() async throws {
        let range = try range()
        await tool.run { database, _ in
            var check = try await database.run { (connection) throws(PostgresError) in try connection.check(range) }
            if check.differing > 0, check.hasRoom { check.settle(try await secondLook(check, database)) }
            try show(check)
            if check.differing > 0 { throw ExitCode(1) }
        }
    }

    /// An event may have been stored a moment before its fold.
    private func secondLook(_ check: JournalCheck, _ database: Database) async throws -> JournalCheck {
        try await Task.sleep(for: .milliseconds(500))
        var second = JournalCheck()
        for call in Set(check.differences.map(\.call)).sorted() {
            second.add(
                try await database.run { (connection) throws(PostgresError) in try connection.check(call...call) })
        }
        return second
    }

    private func show(_ check: JournalCheck) throws {
        if tool.json { return try tool.print(check) }
        for difference in check.differences { print(difference.line) }
        let outcome = check.differing == 0 ? "all entries are right" : "\(check.differing) calls differ"
        print("\(check.calls) calls, \(check.events) events: \(outcome)")
    }

    /// Ids of calls are UUIDv7: those of one time begin alike, and text order is time order.
    private func range() throws -> ClosedRange<String> {
        let lower = try from.map { try Self.beginning(of: $0, "--from") } ?? ""
        let upper = try to.map { try Self.beginning(of: $0, "--to") } ?? "~"
        guard lower <= upper else { throw ValidationError("--from is later than --to") }
        return lower...upper
    }

    /// What the ids of calls begin with that were made at that time.
    private static func beginning(of text: String, _ option: String) throws -> String {
        let day = text.count == 10 ? text + "T00:00:00Z" : text
        let full = day.count == 20 ? day.dropLast() + ".000Z" : day[...]
        guard let milliseconds = Timestamp.milliseconds(String(full)), milliseconds >= 0 else {
            throw ValidationError("\(option) is a day (2026-03-01) or a time in UTC (2026-03-01T12:00:00Z)")
        }
        let digits = String(milliseconds, radix: 16)
        let hex = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return "\(hex.prefix(8))-\(hex.suffix(4))"
    }
}
