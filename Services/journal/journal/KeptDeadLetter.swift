import BusClient
import Foundation
import Postgres

/// A row of table `dead`, as an administrator sees it.
struct KeptDeadLetter: Encodable, Sendable {
    let number: Int
    /// Which instance set it aside: "rufbus/journal/a1".
    let source: String
    /// When, by that one's clock; RFC 3339.
    let time: String
    /// Its first exchange and key.
    let exchange: String, key: String
    let why: String
    let byteCount: Int
    /// When it was last put back, RFC 3339.
    let retriedAt: String?
    /// What it was, where it is asked for: as text if it is one, else in base64.
    private(set) var body: String?
    private(set) var base64: String?
    let bytes: [UInt8]

    private enum CodingKeys: String, CodingKey {
        case number, source, time, exchange, key, why, byteCount, retriedAt, body, base64
    }

    init(_ row: Row) throws(PostgresError) {
        (number, source, time) = (try row.int("number"), try row.text("source"), try row.text("time"))
        (exchange, key, why) = (try row.text("exchange"), try row.text("key"), try row.text("why"))
        byteCount = try row.int("byte_count")
        retriedAt = try row.optionalTimestamp("retried_at").map { Timestamp.text(milliseconds: $0) }
        bytes = try row.optionalBytes("body") ?? []
        guard !bytes.isEmpty else { return }
        body = String(validating: bytes, as: UTF8.self)
        base64 = body == nil ? Data(bytes).base64EncodedString() : nil
    }

    /// For people.
    var line: String {
        let back = retriedAt.map { "; put back at \($0)" } ?? ""
        return "\(number)  \(time)  \(exchange)  \(key)  \(source): \(why) (\(byteCount) bytes\(back))"
    }

    var text: String { body ?? base64.map { "base64: \($0)" } ?? "(its bytes were not kept: it was a request)" }
}

extension Connection {
    func deadLetters(limit: Int) throws(PostgresError) -> [KeptDeadLetter] {
        let rows = try query(
            "SELECT number, source, time, exchange, key, why, length(body) AS byte_count, retried_at, "
                + "NULL::bytea AS body FROM dead ORDER BY number DESC LIMIT $1", [.int(limit)])
        var letters: [KeptDeadLetter] = []
        for row in rows { letters.append(try KeptDeadLetter(row)) }
        return letters
    }

    func deadLetter(_ number: Int) throws(PostgresError) -> KeptDeadLetter? {
        let rows = try query(
            "SELECT number, source, time, exchange, key, why, length(body) AS byte_count, retried_at, body "
                + "FROM dead WHERE number = $1", [.int(number)])
        guard let row = rows.first else { return nil }
        return try KeptDeadLetter(row)
    }

    func noteRetry(of number: Int) throws(PostgresError) {
        try execute("UPDATE dead SET retried_at = now() WHERE number = $1", [.int(number)])
    }
}
