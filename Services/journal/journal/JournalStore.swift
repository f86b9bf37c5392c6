import Foundation
import JournalCore
import Postgres
import TelephonyModel

/// An event and the bytes it came in.
struct StoredEvent: Sendable {
    let event: LoggedEvent
    let body: [UInt8]
}

/// A call's fold after events were added to it.
struct FoldChange: Sendable {
    let fold: CallFold
    /// Whether these events made it final.
    let becameFinal: Bool
    fileprivate let isChanged: Bool
    /// Of its row.
    fileprivate let version: Int
}

/// The event log and the folds of calls in the database.
extension Connection {
    /// Stores events and folds them into their calls, in one transaction. Events that are there already change nothing.
    /// - Throws: SQLSTATE 40001 if another process took a new call at the same moment: try again.
    func store(_ events: [StoredEvent]) throws(PostgresError) -> [FoldChange] {
        try transaction { () throws(PostgresError) in
            try insert(events)
            let byCall = Dictionary(grouping: events.map(\.event).filter(\.concernsCall)) { $0.position?.call }
            let known = try lockFolds(byCall.keys.compactMap(\.self))
            let changes = byCall.values.compactMap { Self.change($0, known) }
            try write(changes.filter(\.isChanged))
            return changes
        }
    }

    /// The newest calls of a user.
    func folds(of user: UserID, limit: Int) throws(PostgresError) -> [CallFold] {
        try Self.folds(
            query(
                "SELECT fold FROM entries WHERE seat = $1 AND started_at IS NOT NULL "
                    + "ORDER BY started_at DESC, call DESC LIMIT $2", [.text(user.rawValue), .int(limit)]))
    }

    func folds(of user: UserID, call: CallID) throws(PostgresError) -> [CallFold] {
        try Self.folds(
            query(
                "SELECT fold FROM entries WHERE seat = $1 AND call = $2", [.text(user.rawValue), .text(call.rawValue)]))
    }

    private typealias Known = (fold: CallFold, version: Int)

    private static func change(_ events: [LoggedEvent], _ known: [CallID: Known]) -> FoldChange? {
        guard let position = events.first?.position else { return nil }
        let before = known[position.call]
        var fold = before?.fold ?? CallFold(position)
        for event in events { fold.add(event) }
        return FoldChange(
            fold: fold, becameFinal: fold.isFinal && before?.fold.isFinal != true, isChanged: fold != before?.fold,
            version: (before?.version ?? 0) + 1)
    }

    private func insert(_ events: [StoredEvent]) throws(PostgresError) {
        let heads = events.map(\.event)
        try execute(
            "INSERT INTO events (month, source, id, type, seat, call, epoch, sequence, body) "
                + "SELECT month::date, source, id, type, seat, call, epoch, sequence, body FROM unnest($1::text[], "
                + "$2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int8[], $9::bytea[]) "
                + "AS new (month, source, id, type, seat, call, epoch, sequence, body) ON CONFLICT DO NOTHING",
            [
                .texts(heads.map(\.month)), .texts(heads.map(\.source)), .texts(heads.map(\.id)),
                .texts(heads.map(\.type)), .texts(heads.map { $0.position?.seat.rawValue }),
                .texts(heads.map { $0.position?.call.rawValue }),
                .ints(heads.map { ($0.position?.epoch).map(Int64.init) }),
                .ints(heads.map { ($0.position?.sequence).map(Int64.init) }), .byteStrings(events.map(\.body)),
            ])
    }

    /// In the order of their keys, so that two processes never wait for each other.
    private func lockFolds(_ calls: [CallID]) throws(PostgresError) -> [CallID: Known] {
        guard !calls.isEmpty else { return [:] }
        var known: [CallID: Known] = [:]
        let rows = try query(
            "SELECT version, fold FROM entries WHERE call = any($1::text[]) ORDER BY call FOR UPDATE",
            [.texts(calls.map(\.rawValue))])
        for row in rows {
            let fold = try Self.fold(row)
            known[fold.call] = (fold, try row.int("version"))
        }
        return known
    }

    private func write(_ changes: [FoldChange]) throws(PostgresError) {
        guard !changes.isEmpty else { return }
        let ordered = changes.sorted { $0.fold.call < $1.fold.call }
        var bodies: [[UInt8]] = []
        for change in ordered { bodies.append(try Self.json(change.fold)) }
        let written = try execute(
            "INSERT INTO entries (call, seat, started_at, final, version, fold) SELECT * FROM unnest($1::text[], "
                + "$2::text[], $3::timestamptz[], $4::bool[], $5::int8[], $6::bytea[]) ON CONFLICT (call) DO UPDATE "
                + "SET (started_at, final, version, fold) = "
                + "ROW (excluded.started_at, excluded.final, excluded.version, excluded.fold) "
                + "WHERE entries.version = excluded.version - 1",
            [
                .texts(ordered.map(\.fold.call.rawValue)), .texts(ordered.map(\.fold.seat.rawValue)),
                .timestamps(milliseconds: ordered.map(\.fold.startedAt)), .bools(ordered.map(\.fold.isFinal)),
                .ints(ordered.map { Int64($0.version) }), .byteStrings(bodies),
            ])
        guard written == ordered.count else {
            throw PostgresError(.statement, "another process folds the same new call", sqlState: "40001")
        }
    }

    private static func folds(_ rows: [Row]) throws(PostgresError) -> [CallFold] {
        var folds: [CallFold] = []
        for row in rows { folds.append(try fold(row)) }
        return folds
    }

    private static func fold(_ row: Row) throws(PostgresError) -> CallFold {
        let bytes = try row.bytes("fold")
        do { return try JSONDecoder().decode(CallFold.self, from: Data(bytes)) } catch {
            throw PostgresError(.shape, "a call's fold cannot be read: \(error)")
        }
    }

    private static func json(_ fold: CallFold) throws(PostgresError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(fold)) } catch {
            throw PostgresError(.parameter, "a call's fold cannot be written: \(error)")
        }
    }
}
