import BusClient
import BusContract
import Foundation
import Logging
import Postgres

/// Takes what could not be handled anywhere in the house from `journal.dead` into a table, where an administrator
/// looks at it (`rufbus dead`).
struct DeadLetters: Sendable {
    let inbox = Inbox()
    let database: Database
    let logger: Logger

    /// Works until the inbox is stopped.
    func run() async {
        while let batch = await inbox.next() { await take(batch) }
    }

    private func take(_ batch: [Delivery]) async {
        // What has no envelope never gets here.
        let letters = batch.compactMap { delivery in
            switch Result(catching: { () throws(EnvelopeError) in try delivery.envelope() }) {
            case .success(let letter): return DeadLetter(letter, exchange: delivery.exchange)
            case .failure: return nil
            }
        }
        guard await keep(letters) else { return }
        for delivery in batch { delivery.acknowledge() }
    }

    /// However often it has to be tried. One that no table can hold is passed over: it must not hold up the others.
    /// - Returns: false if the task was cancelled before.
    func keep(_ letters: [DeadLetter]) async -> Bool {
        var waitMs = 100
        while !Task.isCancelled {
            do throws(PostgresError) {
                try await database.run { (connection) throws(PostgresError) in try connection.keep(letters) }
                return true
            } catch {
                if error.blamesData { return await split(letters, error) }
                logger.warning("dead letters wait for the database", metadata: ["error": "\(error)"])
            }
            do { try await Task.sleep(for: .milliseconds(waitMs)) } catch { return false }
            waitMs = min(waitMs * 2, 5_000)
        }
        return false
    }

    private func split(_ letters: [DeadLetter], _ error: PostgresError) async -> Bool {
        guard letters.count > 1 else {
            let metadata: Logger.Metadata = ["key": "\(letters.first?.key ?? "")", "error": "\(error)"]
            logger.error("a dead letter cannot be kept", metadata: metadata)
            return true
        }
        guard await keep(Array(letters[..<(letters.count / 2)])) else { return false }
        return await keep(Array(letters[(letters.count / 2)...]))
    }
}

/// One of them, in a form that every table can hold.
struct DeadLetter: Sendable {
    /// In bytes: longer words fit no index; longer sentences nobody reads.
    private static let longestWord = 200, longestSentence = 2_000

    let id: String, source: String, time: String
    let exchange: String, key: String, why: String
    let body: [UInt8]

    init(_ letter: Received, exchange: String) {
        let message = Self.message(letter, exchange)
        (id, source) = (Self.cut(letter.id, Self.longestWord), Self.cut(letter.source, Self.longestWord))
        (time, why) = (Self.cut(letter.time, Self.longestWord), Self.cut(message.why, Self.longestSentence))
        (self.exchange, key) = (Self.cut(message.exchange, 255), Self.cut(message.key, 255))
        body = Data(base64Encoded: message.body).map(Array.init) ?? Array(message.body.utf8)
    }

    private static func message(_ letter: Received, _ exchange: String) -> DeadMessage {
        do { return try letter.data(DeadMessage.self) } catch {
            return DeadMessage(
                exchange: exchange, key: letter.key, why: "a dead letter that this version cannot read",
                body: Data(letter.body).base64EncodedString())
        }
    }

    /// At most so many bytes, whole characters: an index counts bytes.
    private static func cut(_ text: String, _ length: Int) -> String {
        let scalars = text.replacing("\0", with: "\u{FFFD}").unicodeScalars
        var room = length
        return String(
            String.UnicodeScalarView(
                scalars.prefix { scalar in
                    room -= UTF8.width(scalar)
                    return room >= 0
                }))
    }
}

extension Connection {
    /// The oldest go when there are more, as in the queue.
    private static let mostDeadLetters = 100_000

    /// Those that are there already change nothing.
    func keep(_ letters: [DeadLetter]) throws(PostgresError) {
        var batch = Batch()
        batch.add(
            "INSERT INTO dead (id, source, time, exchange, key, why, body) "
                + "SELECT * FROM unnest($1::text[], $2::text[], "
                + "$3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[]) ON CONFLICT DO NOTHING",
            [
                .texts(letters.map(\.id)), .texts(letters.map(\.source)), .texts(letters.map(\.time)),
                .texts(letters.map(\.exchange)), .texts(letters.map(\.key)), .texts(letters.map(\.why)),
                .byteStrings(letters.map(\.body)),
            ])
        batch.add(
            "DELETE FROM dead WHERE number <= (SELECT max(number) FROM dead) - $1", [.int(Self.mostDeadLetters)])
        _ = try perform(batch)
    }
}
