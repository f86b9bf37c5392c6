import ArgumentParser
import BusClient
import Foundation
import Postgres
import ServiceKit

/// What all of an administrator's commands take: the service's settings, and how to print.
struct JournalTool: ParsableArguments {
    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var service: ServiceArguments

    /// Does the work and ends the process: 0, or what `work` ends with by `ExitCode`, or 1 with a sentence.
    /// - Parameter writes: false if a standby will do.
    func run(writes: Bool = false, _ work: (Database, BusSettings) async throws -> Void) async -> Never {
        await ServiceMain.tool("journal", service, settings: { JournalSettings($0) }) { settings, bus, logger in
            let database = Database(
                url: settings.databaseURL, name: "rufbus-journal-tool", statementLimitMs: 600_000, writes: writes,
                logger: logger)
            do {
                try await Self.checkSchema(database)
                try await work(database, bus)
            } catch let code as ExitCode {
                return code.rawValue
            }
            await database.close()
            return 0
        }
    }

    /// The service brings the schema up to date; a command only looks.
    private static func checkSchema(_ database: Database) async throws {
        let known = JournalSchema.migrations.count
        let found = try await database.run { (connection) throws(PostgresError) in
            try connection.query("SELECT coalesce(max(number), 0) AS step FROM schema_migrations").first?.int("step")
        }
        guard let found, found != known else { return }
        throw ToolFailure(
            found > known
                ? "the database was written by a newer version: its schema has step \(found), this one knows \(known)"
                : "the database's schema has step \(found) of \(known): start this version of rufbus-journal first")
    }

    func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// What ends an administrator's command with status 1: a sentence.
struct ToolFailure: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}
