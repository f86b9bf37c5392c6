import Postgres
import TelephonyModel

/// Log-in tokens in the database: their SHA-256 only, made by the server, so that a stolen copy of it opens nothing.
extension Connection {
    func keep(_ token: String, of user: UserID, until expiresAt: Int64) throws(PostgresError) {
        try execute(
            "INSERT INTO tokens (sha256, user_id, expires_at) VALUES (sha256($1::bytea), $2, $3)",
            [.bytes(Array(token.utf8)), .text(user.rawValue), .timestamp(milliseconds: expiresAt)])
    }

    /// - Returns: whose token it is, and until when in milliseconds since 1970; nil if it is not known.
    func holder(of token: String) throws(PostgresError) -> (user: UserID, expiresAt: Int64)? {
        let rows = try query(
            "SELECT user_id, expires_at FROM tokens WHERE sha256 = sha256($1::bytea)", [.bytes(Array(token.utf8))])
        guard let row = rows.first else { return nil }
        return (UserID(unchecked: try row.text("user_id")), try row.timestamp("expires_at"))
    }

    func dropTokens(expiredAt now: Int64) throws(PostgresError) {
        try execute("DELETE FROM tokens WHERE expires_at <= $1", [.timestamp(milliseconds: now)])
    }
}
