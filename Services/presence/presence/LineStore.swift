import BusContract
import Postgres
import PresenceCore
import TelephonyModel

/// Line reservations in the database: rows, counted under a lock of their trunk.
extension Connection {
    /// What became of a reservation.
    enum Reservation: Sendable {
        /// Trunks with the new rows in.
        case granted([TrunkLoad])
        case refused(Refusal)
    }

    /// Reserves all of `lines` or none. Those that are there already are kept.
    func reserve(_ lines: [Line], for request: LinesRequest, evenIfFull: Bool) throws(PostgresError) -> Reservation {
        try transaction { () throws(PostgresError) in
            let trunks = Set(lines.map(\.trunk)).sorted()
            // Locks the trunks, in order: the counts below hold until the commit.
            let capacities = try query(
                "SELECT trunk, sip_channels, outside_channels, reserve FROM trunks WHERE trunk = any($1::text[]) "
                    + "ORDER BY trunk FOR NO KEY UPDATE", [.texts(trunks.map(\.rawValue))])
            if let refusal = try claim(request) { return .refused(refusal) }
            let loads = try loads(capacities)
            let missing = try missing(lines, request.epoch)
            do throws(Refusal) {
                if let unknown = trunks.first(where: { trunk in !loads.contains { $0.trunk == trunk } }) {
                    throw LineRules.unknown(unknown)
                }
                if !evenIfFull { try LineRules.check(missing, against: loads) }
            } catch {
                return .refused(error)
            }
            try insert(missing, request)
            return .granted(loads.map { $0.with(missing) })
        }
    }

    /// Gives lines of legs back, unless a later owner than `epoch` reserved them.
    /// - Returns: their trunks.
    func release(_ legs: [LegID: Int]) throws(PostgresError) -> [TrunkID] {
        let pairs = Array(legs)
        let rows = try query(
            "DELETE FROM lines USING unnest($1::text[], $2::int8[]) AS gone (leg, epoch) "
                + "WHERE lines.leg = gone.leg AND lines.epoch <= gone.epoch RETURNING lines.trunk",
            [.texts(pairs.map(\.key.rawValue)), .ints(pairs.map { Int64($0.value) })])
        return try trunks(rows)
    }

    /// Gives lines back whose call nobody knows, older than a minute.
    func sweep(known calls: [CallID]) throws(PostgresError) -> [TrunkID] {
        try trunks(
            query(
                "DELETE FROM lines WHERE since < now() - interval '60 seconds' AND NOT call = any($1::text[]) "
                    + "RETURNING trunk", [.texts(calls.map(\.rawValue))]))
    }

    func loads(of trunks: [TrunkID]) throws(PostgresError) -> [TrunkLoad] {
        try loads(
            query(
                "SELECT trunk, sip_channels, outside_channels, reserve FROM trunks WHERE trunk = any($1::text[])",
                [.texts(trunks.map(\.rawValue))]))
    }

    // MARK: Steps

    private func loads(_ capacities: [Row]) throws(PostgresError) -> [TrunkLoad] {
        var names: [String] = []
        for row in capacities { names.append(try row.text("trunk")) }
        let counts = try query(
            "SELECT trunk, count(*) FILTER (WHERE kind = 'sip') AS sip, "
                + "count(*) FILTER (WHERE kind = 'outside') AS outside "
                + "FROM lines WHERE trunk = any($1::text[]) GROUP BY trunk", [.texts(names)])
        var used: [String: LineUse] = [:]
        for row in counts {
            used[try row.text("trunk")] = LineUse(sip: try row.int("sip"), outside: try row.int("outside"))
        }
        var loads: [TrunkLoad] = []
        for (name, row) in zip(names, capacities) {
            let capacity = LineUse(sip: try row.int("sip_channels"), outside: try row.int("outside_channels"))
            loads.append(
                TrunkLoad(
                    trunk: TrunkID(unchecked: name), used: used[name] ?? LineUse(sip: 0, outside: 0),
                    capacity: capacity, reserve: try row.int("reserve")))
        }
        return loads
    }

    /// Fences off owners from before: the seat's highest epoch is remembered.
    private func claim(_ request: LinesRequest) throws(PostgresError) -> Refusal? {
        let seat = PostgresValue.text(request.seat.rawValue)
        let known = try query("SELECT epoch FROM seats WHERE seat = $1", [seat]).first?.int("epoch") ?? 0
        if request.epoch < known {
            return Refusal(
                409, "superseded",
                "Seat \(request.seat) has an owner of epoch \(known); epoch \(request.epoch) reserves nothing any more."
            )
        }
        guard request.epoch > known else { return nil }
        try execute(
            "INSERT INTO seats (seat, epoch) VALUES ($1, $2) ON CONFLICT (seat) DO UPDATE "
                + "SET epoch = greatest(seats.epoch, excluded.epoch)", [seat, .int(request.epoch)])
        return nil
    }

    /// Those that have no row yet; rows that are there now belong to this epoch.
    private func missing(_ lines: [Line], _ epoch: Int) throws(PostgresError) -> [Line] {
        let legs = PostgresValue.texts(Set(lines.map(\.leg)).map(\.rawValue))
        var there: Set<String> = [], isOld = false
        for row in try query("SELECT leg, kind, epoch FROM lines WHERE leg = any($1::text[])", [legs]) {
            there.insert("\(try row.text("leg")) \(try row.text("kind"))")
            if try row.int("epoch") < epoch { isOld = true }
        }
        if isOld {
            try execute(
                "UPDATE lines SET epoch = $2 WHERE leg = any($1::text[]) AND epoch < $2", [legs, .int(epoch)])
        }
        return lines.filter { !there.contains("\($0.leg) \($0.kind.rawValue)") }
    }

    private func insert(_ lines: [Line], _ request: LinesRequest) throws(PostgresError) {
        guard !lines.isEmpty else { return }
        try execute(
            "INSERT INTO lines (leg, kind, trunk, seat, call, epoch) "
                + "SELECT leg, kind, trunk, $4, $5, $6 FROM unnest($1::text[], $2::text[], $3::text[]) "
                + "AS new (leg, kind, trunk) ON CONFLICT DO NOTHING",
            [
                .texts(lines.map(\.leg.rawValue)), .texts(lines.map(\.kind.rawValue)),
                .texts(lines.map(\.trunk.rawValue)), .text(request.seat.rawValue), .text(request.call.rawValue),
                .int(request.epoch),
            ])
    }

    private func trunks(_ rows: [Row]) throws(PostgresError) -> [TrunkID] {
        var trunks: Set<TrunkID> = []
        for row in rows { trunks.insert(TrunkID(unchecked: try row.text("trunk"))) }
        return trunks.sorted()
    }
}

extension TrunkLoad {
    fileprivate func with(_ lines: [Line]) -> TrunkLoad {
        var load = self
        for line in lines where line.trunk == trunk {
            switch line.kind {
            case .sip: load.used.sip += 1
            case .outside: load.used.outside += 1
            }
        }
        return load
    }
}
