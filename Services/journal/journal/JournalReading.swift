import JournalCore
import Postgres
import TelephonyModel

/// What the journal is asked for.
extension Connection {
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

    private static func folds(_ rows: [Row]) throws(PostgresError) -> [CallFold] {
        var folds: [CallFold] = []
        for row in rows { folds.append(try KnownFold.fold(row)) }
        return folds
    }
}
