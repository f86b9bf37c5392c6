import Foundation
import JournalCore
import Postgres
import TelephonyModel

/// An event and the bytes it came in.
struct StoredEvent: Sendable {
    let event: LoggedEvent
    let body: [UInt8]
}

/// A call's fold as a row of `entries` holds it.
struct KnownFold: Sendable {
    var fold: CallFold
    /// Counts the changes of the row; 0 while there is none. Who writes the next one has seen the last one.
    var version: Int
    /// The row cannot be read; this is what the stored events say.
    var isRecounted = false

    /// The fold with more events; the version is that of the row to write.
    func adding(_ events: [LoggedEvent]) -> FoldChange {
        var new = fold
        for event in events { new.add(event) }
        let isChanged = isRecounted || new != fold
        return FoldChange(
            known: KnownFold(fold: new, version: isChanged ? version + 1 : version),
            becameFinal: new.isFinal && (isRecounted || !fold.isFinal || fold.isClosed && !new.isClosed),
            isChanged: isChanged, isRecounted: isRecounted)
    }
}

/// A call's fold after something happened to it.
struct FoldChange: Sendable {
    let known: KnownFold
    /// Whether it became final by this, or whole after it had been closed with a gap.
    let becameFinal: Bool
    let isChanged: Bool
    /// Whether its row could not be read before.
    let isRecounted: Bool
    var fold: CallFold { known.fold }
}

/// The event log and the folds of calls in the database.
extension Connection {
    /// Stores events, and folds that follow from them, in one transaction and one round trip. Events that are there
    /// already change nothing.
    /// - Parameter areNew: to be trusted, so that the database need not look for each of them first, which is a quarter
    ///   of its work. If one is there all the same this throws SQLSTATE 23505 and nothing is stored.
    /// - Returns: the calls whose fold was written. The others have changed in the database since they were read.
    func store(_ events: [StoredEvent], areNew: Bool, _ changes: [FoldChange]) throws(PostgresError) -> Set<CallID> {
        var batch = Batch()
        Self.insert(events, areNew: areNew, &batch)
        let place = try Self.write(changes, &batch)
        let results = try perform(batch)
        return try Self.calls(place.map { results[$0].rows } ?? [])
    }

    /// Folds events, which are stored, into calls that may have changed meanwhile.
    /// - Throws: SQLSTATE 40001 if another process took a new call at the same moment: try again.
    func fold(_ events: [CallID: [LoggedEvent]]) throws(PostgresError) -> [FoldChange] {
        try transaction { () throws(PostgresError) in
            let known = try lockFolds(Array(events.keys))
            let changes = events.compactMap { call, events in
                (known[call] ?? events.first?.position.map { KnownFold(fold: CallFold($0), version: 0) })?.adding(
                    events)
            }
            try replace(changes.filter(\.isChanged))
            return changes
        }
    }

    /// Writes folds whose rows are locked.
    func replace(_ changes: [FoldChange]) throws(PostgresError) {
        var batch = Batch()
        guard let place = try Self.write(changes, &batch) else { return }
        guard try perform(batch)[place].rows.count == changes.count else {
            throw PostgresError(.statement, "another process folds the same new call", sqlState: "40001")
        }
    }

    /// In the order of their keys, so that two processes never wait for each other.
    private func lockFolds(_ calls: [CallID]) throws(PostgresError) -> [CallID: KnownFold] {
        let rows = try query(
            "SELECT call, final, version, fold FROM entries WHERE call = any($1::text[]) ORDER BY call FOR UPDATE",
            [.texts(calls.map(\.rawValue))])
        return Dictionary(try known(rows).map { ($0.fold.call, $0) }) { $1 }
    }

    private static func insert(_ events: [StoredEvent], areNew: Bool, _ batch: inout Batch) {
        guard !events.isEmpty else { return }
        let heads = events.map(\.event)
        batch.add(
            areNew ? insertion : insertion + " ON CONFLICT DO NOTHING",
            [
                .texts(heads.map { Month(ofID: $0.id).description }), .texts(heads.map(\.id)),
                .texts(heads.map(\.source)), .texts(heads.map(\.type)),
                .texts(heads.map { $0.position?.seat.rawValue }), .texts(heads.map { $0.position?.call.rawValue }),
                .ints(heads.map { ($0.position?.epoch).map(Int64.init) }),
                .ints(heads.map { ($0.position?.sequence).map(Int64.init) }), .byteStrings(events.map(\.body)),
            ])
    }

    private static let insertion =
        "INSERT INTO events (month, id, source, type, seat, call, epoch, sequence, body) "
        + "SELECT month::date, id, source, type, seat, call, epoch, sequence, body FROM unnest($1::text[], $2::text[], "
        + "$3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::int8[], $9::bytea[]) "
        + "AS new (month, id, source, type, seat, call, epoch, sequence, body)"

    /// - Returns: where the calls that were written will stand.
    private static func write(_ changes: [FoldChange], _ batch: inout Batch) throws(PostgresError) -> Int? {
        guard !changes.isEmpty else { return nil }
        let ordered = changes.map(\.known).sorted { $0.fold.call < $1.fold.call }
        let folds = ordered.map(\.fold)
        var bodies: [[UInt8]] = []
        for fold in folds { bodies.append(try json(fold)) }
        let due = changes.filter(\.becameFinal).map(\.fold.call.rawValue)
        let values: [PostgresValue] = [
            .texts(folds.map(\.call.rawValue)), .texts(folds.map(\.seat.rawValue)),
            .timestamps(milliseconds: folds.map(\.startedAt)), .bools(folds.map(\.hasEnded)),
            .bools(folds.map(\.isFinal)), .ints(ordered.map { Int64($0.version) }), .byteStrings(bodies),
        ]
        let place =
            due.isEmpty ? batch.add(writing, values) : batch.add(writingUntold, values + [.texts(due)])
        mark(folds, &batch)
        return place
    }

    private static let writing =
        "INSERT INTO entries AS old (call, seat, started_at, ended, final, version, fold) SELECT * FROM "
        + "unnest($1::text[], $2::text[], $3::timestamptz[], $4::bool[], $5::bool[], $6::int8[], $7::bytea[]) "
        + "ON CONFLICT (call) DO UPDATE SET (started_at, ended, final, version, fold, changed_at) = ROW "
        + "(excluded.started_at, excluded.ended, excluded.final, excluded.version, excluded.fold, now()) "
        + "WHERE old.version = excluded.version - 1 RETURNING call, version"

    /// Those of parameter 8 are to be told of if they were written.
    private static let writingUntold =
        "WITH written AS (\(writing)), untold AS (INSERT INTO untold (call, version) SELECT call, version FROM written "
        + "WHERE call = any($8::text[]) ON CONFLICT (call) DO UPDATE SET (version, since) = ROW (excluded.version, "
        + "excluded.since)) SELECT call FROM written"

    /// Marks the events of owners that had lost their seat.
    private static func mark(_ folds: [CallFold], _ batch: inout Batch) {
        let old = folds.flatMap { fold in fold.superseded.map { (fold.call, $0.epoch, $0.from) } }
        guard !old.isEmpty else { return }
        batch.add(
            "UPDATE events SET superseded = true FROM unnest($1::text[], $2::int8[], $3::int8[]) "
                + "AS lost (call, epoch, sequence) WHERE events.call = lost.call AND events.epoch = lost.epoch "
                + "AND events.sequence >= lost.sequence AND NOT superseded AND type ~ '^rufbus[.](call|leg)[.]'",
            [.texts(old.map(\.0.rawValue)), .ints(old.map { Int64($0.1) }), .ints(old.map { Int64($0.2) })])
    }

    private static func calls(_ rows: [Row]) throws(PostgresError) -> Set<CallID> {
        var calls: Set<CallID> = []
        for row in rows { calls.insert(CallID(unchecked: try row.text("call"))) }
        return calls
    }

    private static func json(_ fold: CallFold) throws(PostgresError) -> [UInt8] {
        do { return Array(try JSONEncoder().encode(fold)) } catch {
            throw PostgresError(.parameter, "a call's fold cannot be written: \(error)")
        }
    }
}

extension KnownFold {
    /// Of columns `version` and `fold`.
    init(_ row: Row) throws(PostgresError) {
        self.init(fold: try Self.fold(row), version: try row.int("version"))
    }

    static func fold(_ row: Row) throws(PostgresError) -> CallFold {
        let bytes = try row.bytes("fold")
        do { return try JSONDecoder().decode(CallFold.self, from: Data(bytes)) } catch {
            throw PostgresError(.shape, "a call's fold cannot be read: \(error)")
        }
    }
}
