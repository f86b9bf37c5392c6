import BusContract
import Foundation
import JournalCore
import Postgres
import TelephonyModel

/// What comes out when entries are counted again from their events.
struct JournalCheck: Encodable, Sendable {
    struct Difference: Encodable, Hashable, Sendable {
        let call: String
        /// Of the entry as the API shows it, or a column of its row.
        let field: String
        /// JSON; nil where one has the field and the other has not.
        let stored: String?, recounted: String?
        /// Whether it could not be read at all.
        fileprivate var isUnreadable = false

        /// For people.
        var line: String {
            "\(call)  \(field) is \(stored ?? "not there")"
                + (isUnreadable ? "" : ", by its events it is \(recounted ?? "not there")")
        }

        private enum CodingKeys: String, CodingKey { case call, field, stored, recounted }
    }

    /// More are only counted.
    static let mostDifferences = 1_000
    private(set) var calls = 0, events = 0, differing = 0
    private(set) var differences: [Difference] = []

    /// Compares one call's entry with its events.
    mutating func look(_ stored: StoredEntry?, _ logged: [StoredMark]) {
        guard let call = stored?.known.fold.call ?? logged.first?.event.position?.call else { return }
        (calls, events) = (calls + 1, events + logged.count)
        let found = Recount(stored, logged).differences
        guard !found.isEmpty else { return }
        differing += 1
        guard hasRoom else { return }
        differences += found.map {
            Difference(call: call.rawValue, field: $0.field, stored: $0.stored, recounted: $0.recounted)
        }
    }

    /// A call of which something cannot be read: that differs, and the others are looked at all the same.
    mutating func noteUnreadable(_ call: String, events count: Int, _ why: PostgresError) {
        (calls, events, differing) = (calls + 1, events + count, differing + 1)
        guard hasRoom else { return }
        differences.append(
            Difference(
                call: call, field: "what is stored", stored: "not to be read (\(why))", recounted: nil,
                isUnreadable: true))
    }

    /// - Throws: `.shape` if one of the rows cannot be read.
    fileprivate mutating func look(_ entry: Row?, _ logged: [Row]) throws(PostgresError) {
        var marks: [StoredMark] = []
        for row in logged { marks.append(try StoredMark(row)) }
        look(try entry.map { (row) throws(PostgresError) in try StoredEntry(row) }, marks)
    }

    /// Whether all that differs is listed.
    var hasRoom: Bool { differences.count < Self.mostDifferences }

    /// Takes over what a second look found of calls that had differed: what changed in between was only in work.
    mutating func settle(_ second: JournalCheck) { (differing, differences) = (second.differing, second.differences) }

    mutating func add(_ other: JournalCheck) {
        differing += other.differing
        differences += other.differences
    }
}

/// A row of `entries`.
struct StoredEntry {
    let known: KnownFold
    let seat: String, startedAt: Int64?, ended: Bool, final: Bool
    init(_ row: Row) throws(PostgresError) {
        known = try KnownFold(row)
        (seat, startedAt) = (try row.text("seat"), try row.optionalTimestamp("started_at"))
        (ended, final) = (try row.bool("ended"), try row.bool("final"))
    }
}

/// A row of `events`.
struct StoredMark {
    let event: LoggedEvent
    let isSuperseded: Bool
    /// - Throws: `.shape` if its bytes cannot be read (any more).
    init(_ row: Row) throws(PostgresError) {
        isSuperseded = try row.bool("superseded")
        do { event = try JSONDecoder().decode(LoggedEvent.self, from: Data(try row.bytes("body"))) } catch {
            throw PostgresError(.shape, "event \(try row.text("id")) cannot be read: \(error)")
        }
    }
}

/// One call, counted again.
private struct Recount {
    typealias Field = (field: String, stored: String?, recounted: String?)
    private(set) var differences: [Field] = []

    init(_ stored: StoredEntry?, _ logged: [StoredMark]) {
        let events = logged.map(\.event).filter(\.concernsCall)
        var fold = events.first?.position.map { CallFold($0) }
        for event in events { fold?.add(event) }
        // Events do not say that nobody waits for the missing ones.
        if stored?.known.fold.isClosed == true { fold?.close() }
        compare("entry", stored.map { _ in "there" }, fold.map { _ in "there" })
        guard let stored, let fold else { return }
        compare(stored.known.fold.entry, fold.entry)
        if differences.isEmpty, stored.known.fold != fold { compare("fold", json(stored.known.fold), json(fold)) }
        compareColumns(stored, fold)
        compareMarks(logged, fold)
    }

    private mutating func compare(_ field: String, _ stored: String?, _ recounted: String?) {
        if stored != recounted { differences.append((field, stored, recounted)) }
    }

    private mutating func compare(_ stored: JournalEntry?, _ recounted: JournalEntry?) {
        let (old, new) = (fields(stored), fields(recounted))
        for field in Set(old.keys).union(new.keys).sorted() { compare(field, old[field], new[field]) }
    }

    private mutating func compareColumns(_ stored: StoredEntry, _ fold: CallFold) {
        compare("column seat", stored.seat, fold.seat.rawValue)
        compare("column started_at", stored.startedAt.map(String.init), fold.startedAt.map(String.init))
        compare("column ended", "\(stored.ended)", "\(fold.hasEnded)")
        compare("column final", "\(stored.final)", "\(fold.isFinal)")
    }

    /// How many of the events are marked as superseded.
    private mutating func compareMarks(_ logged: [StoredMark], _ fold: CallFold) {
        let limits = Dictionary(fold.superseded.map { ($0.epoch, $0.from) }) { min($0, $1) }
        let marks = logged.filter { mark in
            guard let position = mark.event.position, let limit = limits[position.epoch] else { return false }
            return position.sequence >= limit && mark.event.countsForCall
        }
        compare("superseded events", "\(logged.filter(\.isSuperseded).count)", "\(marks.count)")
    }

    private func fields(_ entry: JournalEntry?) -> [String: String] {
        guard let entry else { return [:] }
        do {
            let values = try JSONDecoder().decode([String: JSONValue].self, from: JSONEncoder().encode(entry))
            return values.mapValues { json($0) ?? "" }
        } catch { preconditionFailure("an entry that is no JSON object: \(error)") }
    }

    private func json(_ value: some Encodable) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch { return nil }
    }
}

/// How long counting may stand still between two statements.
private let mostIdleMs = 120_000

extension Connection {
    /// Counts again the entries of calls with ids in this range, all at one moment. Reads them and their events in the
    /// order of calls, some at a time.
    func check(_ calls: ClosedRange<String>) throws(PostgresError) -> JournalCheck {
        try transaction { () throws(PostgresError) in
            try script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            // Nobody waits for what a reader holds: it may stand still for longer than who writes, on a slow machine.
            try script("SET LOCAL idle_in_transaction_session_timeout = \(mostIdleMs)")
            let range: [PostgresValue] = [.text(calls.lowerBound), .text(calls.upperBound)]
            try execute(
                "DECLARE entry_rows NO SCROLL CURSOR FOR SELECT call, seat, started_at, ended, final, version, fold "
                    + "FROM entries WHERE call BETWEEN $1 AND $2 ORDER BY call", range)
            try execute(
                "DECLARE event_rows NO SCROLL CURSOR FOR SELECT call, id, superseded, body FROM events "
                    + "WHERE call BETWEEN $1 AND $2 ORDER BY call", range)
            var entries = Rows(fetch: "FETCH 100 FROM entry_rows"), events = Rows(fetch: "FETCH 200 FROM event_rows")
            var check = JournalCheck()
            while let call = [try entries.call(self), try events.call(self)].compactMap(\.self).min() {
                let (entry, logged) = (try entries.take(call, self).first, try events.take(call, self))
                do throws(PostgresError) { try check.look(entry, logged) } catch {
                    guard error.kind == .shape else { throw error }
                    check.noteUnreadable(call, events: logged.count, error)
                }
            }
            return check
        }
    }
}

/// The rows of a cursor, in the order of their calls.
private struct Rows {
    private let fetch: String
    private var rows: ArraySlice<Row> = []
    private var isOver = false

    init(fetch: String) { self.fetch = fetch }

    /// Of the next row.
    mutating func call(_ connection: Connection) throws(PostgresError) -> String? {
        if rows.isEmpty, !isOver {
            rows = try connection.query(fetch)[...]
            isOver = rows.isEmpty
        }
        return try rows.first.map { (row) throws(PostgresError) in try row.text("call") }
    }

    /// All rows of this call, which is the next one's or comes before it.
    mutating func take(_ call: String, _ connection: Connection) throws(PostgresError) -> [Row] {
        var taken: [Row] = []
        while try self.call(connection) == call, let row = rows.popFirst() { taken.append(row) }
        return taken
    }
}
