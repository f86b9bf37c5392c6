import BusContract
import Foundation
import JournalCore
import Logging
import Postgres
import TelephonyModel

/// Rows of seats in the database. No transaction and no lock is held between reading and writing, so a process that is
/// frozen there holds up nobody; when it wakes its write meets a row that has gone on, and does nothing.
extension Connection {
    /// Folds messages into the rows of their seats, again and again until no other process was in between.
    /// - Returns: what became of each message, all of it committed.
    func take(_ messages: [SeatMessage], _ logger: Logger) throws(PostgresError) -> [SeatRow.Outcome] {
        var outcomes = [SeatRow.Outcome?](repeating: nil, count: messages.count)
        while true {
            let open = messages.indices.filter { outcomes[$0] == nil }
            if open.isEmpty { return outcomes.compactMap(\.self) }
            let fold = SeatFold(open.map { messages[$0] }, into: try seats(open.map { messages[$0] }, logger))
            let missed = Set(fold.changes.map(\.row.seat)).subtracting(try write(fold.changes))
            for (index, outcome) in zip(open, fold.outcomes) where !missed.contains(messages[index].seat) {
                outcomes[index] = outcome
            }
        }
    }

    private func seats(_ messages: [SeatMessage], _ logger: Logger) throws(PostgresError) -> [UserID: SeatRow] {
        let seats = Set(messages.map(\.seat))
        // A checkpoint replaces what is there, so that is not fetched for it.
        let read = Set(messages.filter(\.looksBack).map(\.seat))
        let rows = try query(
            "SELECT seat, epoch, revision, refusals, instance, incarnation, free, claim, settled_claims, "
                + "CASE WHEN seat = any($2::text[]) THEN newest END AS newest, "
                + "CASE WHEN seat = any($2::text[]) THEN found END AS found FROM seats WHERE seat = any($1::text[])",
            [.texts(seats.map(\.rawValue)), .texts(read.map(\.rawValue))])
        var known: [UserID: SeatRow] = [:]
        for row in rows {
            let seat = try SeatRow(row, logger)
            known[seat.seat] = seat
        }
        return known
    }

    /// Writes what is still in the state that was read.
    /// - Returns: the seats that were written.
    private func write(_ changes: [SeatFold.Change]) throws(PostgresError) -> [UserID] {
        guard !changes.isEmpty else { return [] }
        try addUnknown(changes)
        let rows = changes.map(\.row)
        let written = try query(
            "UPDATE seats SET epoch = new.epoch, revision = new.revision, refusals = new.refusals, "
                + "instance = new.instance, incarnation = new.incarnation, free = new.free, claim = new.claim, "
                + "settled_claims = new.settled_claims, newest = new.newest::json, found = new.found::json, "
                + "changed_at = now() FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int8[], "
                + "$6::int8[], $7::int8[], $8::text[], $9::text[], $10::bool[], $11::text[], $12::text[], "
                + "$13::text[], $14::text[]) AS new (seat, was_epoch, was_revision, was_refusals, epoch, revision, "
                + "refusals, instance, incarnation, free, claim, settled_claims, newest, found) "
                + "WHERE seats.seat = new.seat AND (seats.epoch, seats.revision, seats.refusals) "
                + "= (new.was_epoch, new.was_revision, new.was_refusals) "
                + "AND (seats.epoch, seats.revision, seats.refusals) < (new.epoch, new.revision, new.refusals) "
                + "RETURNING seats.seat",
            [
                .texts(rows.map(\.seat.rawValue)), .ints(changes.map { Int64($0.was.epoch) }),
                .ints(changes.map { Int64($0.was.revision) }), .ints(changes.map { Int64($0.was.refusals) }),
                .ints(rows.map { Int64($0.version.epoch) }), .ints(rows.map { Int64($0.version.revision) }),
                .ints(rows.map { Int64($0.version.refusals) }), .texts(rows.map { $0.owner?.instance.rawValue }),
                .texts(rows.map { $0.owner?.incarnation }), .bools(rows.map(\.isFree)), .texts(rows.map(\.claim)),
                .texts(rows.map { $0.settledClaims.joined(separator: " ") }), .texts(try Self.json(rows.map(\.newest))),
                .texts(try Self.json(rows.map(\.found))),
            ])
        var seats: [UserID] = []
        for row in written { seats.append(UserID(unchecked: try row.text("seat"))) }
        return seats
    }

    private func addUnknown(_ changes: [SeatFold.Change]) throws(PostgresError) {
        let unknown = changes.filter { $0.was == SeatRow($0.row.seat).version }
        guard !unknown.isEmpty else { return }
        try execute(
            "INSERT INTO seats (seat) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING",
            [.texts(unknown.map(\.row.seat.rawValue))])
    }

    private static func json(_ checkpoints: [SeatCheckpoint?]) throws(PostgresError) -> [String?] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do {
            return try checkpoints.map { checkpoint in
                try checkpoint.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
            }
        } catch {
            throw PostgresError(.parameter, "a seat's checkpoint cannot be written: \(error)")
        }
    }
}

extension SeatMessage {
    /// Whether what becomes of it depends on what was written down before.
    fileprivate var looksBack: Bool {
        if case .checkpoint = self { false } else { true }
    }
}

extension SeatRow {
    fileprivate init(_ row: Row, _ logger: Logger) throws(PostgresError) {
        let seat = UserID(unchecked: try row.text("seat"))
        var owner: SeatOwner?
        if let instance = try row.optionalText("instance"), let incarnation = try row.optionalText("incarnation") {
            owner = SeatOwner(instance: InstanceID(unchecked: instance), incarnation: incarnation)
        }
        self.init(
            seat: seat,
            version: SeatVersion(
                epoch: try row.int("epoch"), revision: try row.int("revision"), refusals: try row.int("refusals")),
            owner: owner, isFree: try row.bool("free"), claim: try row.optionalText("claim"),
            settledClaims: try row.text("settled_claims").split(separator: " ").map(String.init),
            newest: Self.checkpoint(try row.optionalText("newest"), of: seat, logger),
            found: Self.checkpoint(try row.optionalText("found"), of: seat, logger))
    }

    /// One that cannot be read (nobody but another program wrote it) must not hold up all seats behind it.
    private static func checkpoint(_ text: String?, of seat: UserID, _ logger: Logger) -> SeatCheckpoint? {
        guard let text else { return nil }
        do { return try JSONDecoder().decode(SeatCheckpoint.self, from: Data(text.utf8)) } catch {
            logger.error("a kept checkpoint cannot be read", metadata: ["seat": "\(seat)", "error": "\(error)"])
            return nil
        }
    }
}
