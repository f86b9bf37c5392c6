import JournalCore
import Postgres
import TelephonyModel

/// What the journal is asked for.
extension Connection {
    /// The newest calls of a user.
    func folds(of user: UserID, limit: Int) throws(PostgresError) -> [CallFold] {
        try folds(
            query(
                "SELECT call, final, version, fold FROM entries WHERE seat = $1 AND started_at IS NOT NULL "
                    + "ORDER BY started_at DESC, call DESC LIMIT $2", [.text(user.rawValue), .int(limit)]))
    }

    func folds(of user: UserID, call: CallID) throws(PostgresError) -> [CallFold] {
        try folds(
            query(
                "SELECT call, final, version, fold FROM entries WHERE seat = $1 AND call = $2",
                [.text(user.rawValue), .text(call.rawValue)]))
    }

    /// One that cannot be read is counted again, and keeps nobody from the others.
    private func folds(_ rows: [Row]) throws(PostgresError) -> [CallFold] { try known(rows).map(\.fold) }
}
