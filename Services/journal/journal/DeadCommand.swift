import ArgumentParser
import BusClient
import BusContract
import Foundation
import Logging
import Postgres
import ServiceKit

/// `rufbus-journal dead …`: what could not be handled, and putting it back.
struct DeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "What could not be handled: list it, show it, put it back on the bus.",
        subcommands: [List.self, Show.self, Retry.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The newest first.")
        @Option(help: "How many, 1 to 1000.") var limit = 50
        @OptionGroup var tool: JournalTool

        func validate() throws {
            guard (1...1_000).contains(limit) else { throw ValidationError("--limit is 1 to 1000") }
        }

        func run() async throws {
            await tool.run { database, _ in
                let letters = try await database.run { (connection) throws(PostgresError) in
                    try connection.deadLetters(limit: limit)
                }
                if tool.json { return try tool.print(letters) }
                print(letters.isEmpty ? "nothing is dead" : letters.map(\.line).joined(separator: "\n"))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One of them, with its bytes.")
        @Argument(help: "Its number (dead list).") var number: Int
        @OptionGroup var tool: JournalTool

        func run() async throws {
            await tool.run { database, _ in
                let letter = try await DeadCommand.letter(number, database)
                if tool.json { return try tool.print(letter) }
                print(letter.line + "\n" + letter.text)
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put one back, byte for byte, under its first exchange and key.",
            discussion: """
                No service may do that: bus.url must name the broker user "\(Topology.retrier)", for example
                RUFBUS_BUS_URL=amqp://\(Topology.retrier):PASSWORD@HOST/rufbus
                """)
        @Argument(help: "Its number (dead list).") var number: Int
        @OptionGroup var tool: JournalTool

        func run() async throws {
            await tool.run(writes: true) { database, bus in
                let letter = try await DeadCommand.letter(number, database)
                try letter.putBack(bus)
                try await database.run { (connection) throws(PostgresError) in try connection.noteRetry(of: number) }
                if tool.json { return try tool.print(try await DeadCommand.letter(number, database)) }
                print("\(number) is back on \(letter.exchange) with key \(letter.key)")
            }
        }
    }

    private static func letter(_ number: Int, _ database: Database) async throws -> KeptDeadLetter {
        let letter = try await database.run { (connection) throws(PostgresError) in
            try connection.deadLetter(number)
        }
        guard let letter else { throw ToolFailure("there is no dead letter \(number): rufbus dead list") }
        return letter
    }
}

extension KeptDeadLetter {
    /// Publishes it as it first was.
    fileprivate func putBack(_ bus: BusSettings) throws {
        guard exchange == Topology.events else {
            throw ToolFailure(
                "\(number) came from \(exchange), and only events are put back: who asked a request has got an answer "
                    + "long ago, and its bytes were not kept")
        }
        do throws(BusError) {
            try Republisher.publish(
                bytes, type: type, id: uuid7(), exchange: exchange, key: key, settings: bus)
        } catch {
            guard error.kind == .forbidden else { throw error }
            throw ToolFailure(
                "the user of bus.url may not put events back: give the URL of broker user \"\(Topology.retrier)\" in "
                    + "RUFBUS_BUS_URL (\(error))")
        }
    }

    /// CloudEvents type, if the bytes say one.
    private var type: String {
        struct Head: Decodable { let type: String }
        do { return String(try JSONDecoder().decode(Head.self, from: Data(bytes)).type.prefix(200)) } catch {
            return "rufbus.unknown.v1"
        }
    }
}
