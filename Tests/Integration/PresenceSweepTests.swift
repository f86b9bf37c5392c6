import BusContract
import Postgres
import PresenceCore
import TelephonyModel
import Testing

@testable import rufbus_presence

/// The store of lines by itself: what a sweep takes back, and who may release what.
@Suite(PostgresStage()) struct PresenceSweepTests {
    private let pbx = TrunkID(unchecked: "pbx"), anna = UserID(unchecked: "anna")

    private func store(_ name: String) async throws -> Database {
        let database = try await PostgresStage.server.freshDatabase(name)
        try await database.migrate(PresenceSchema.migrations)
        try await database.run { (connection) throws(PostgresError) in
            try connection.script("INSERT INTO trunks VALUES ('pbx', '10.0.0.1', 5060, '0', '7', 30, 30, 2)")
        }
        return database
    }

    private func reserve(_ call: String, epoch: Int = 1, in database: Database) async throws {
        let request = LinesRequest(
            seat: anna, call: CallID(unchecked: call), epoch: epoch, what: .reserve([], evenIfFull: false))
        let line = Line(leg: LegID(unchecked: call + "-d"), kind: .sip, trunk: pbx)
        let outcome = try await database.run { (connection) throws(PostgresError) in
            try connection.reserve([line], for: request, evenIfFull: false)
        }
        if case .refused(let refusal) = outcome { Issue.record("not granted: \(refusal.sentence)") }
    }

    private func calls(_ database: Database) async throws -> [String] {
        try await database.run { (connection) throws(PostgresError) in
            var calls: [String] = []
            for row in try connection.query("SELECT call FROM lines ORDER BY call") {
                calls.append(try row.text("call"))
            }
            return calls
        }
    }

    @Test func aSweepTakesOldLinesOfUnknownCallsOnly() async throws {
        let database = try await store("sweep")
        for call in ["gone", "known", "young"] { try await reserve(call, in: database) }
        let trunks = try await database.run { (connection) throws(PostgresError) in
            try connection.script("UPDATE lines SET since = now() - interval '61 seconds' WHERE call <> 'young'")
            return try connection.sweep(known: [CallID(unchecked: "known")])
        }
        #expect(trunks == [pbx])
        #expect(try await calls(database) == ["known", "young"])
        await database.close()
    }

    @Test func aNewOwnersLinesAreNotReleasedByTheOldOne() async throws {
        let database = try await store("owners")
        try await reserve("c", epoch: 1, in: database)
        try await reserve("c", epoch: 2, in: database)  // Taken over: the same line, the new epoch.
        let leg = LegID(unchecked: "c-d")
        for (epoch, left) in [(1, ["c"]), (2, [])] {
            _ = try await database.run { (connection) throws(PostgresError) in try connection.release([leg: epoch]) }
            #expect(try await calls(database) == left)
        }
        await database.close()
    }
}
