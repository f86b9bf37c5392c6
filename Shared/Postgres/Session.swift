import CLibPQ
import Logging

/// What each connection tells the server, and what it must find there.
struct Session {
    /// The clocks may be so far apart.
    private static let clockLimitMs: Int64 = 120_000
    private static let oldestVersion: Int32 = 140_000
    /// How long a transaction may wait for its next statement. A frozen process, or a way that has forgotten the
    /// connection, would else hold the transaction's rows until TCP gives up, two hours later.
    private static let idleLimitMs = 4_000

    let link: Link
    let settings: ConnectionSettings
    let logger: Logger

    /// - Throws: `.readOnly` if changes are to be made and the server takes none; `.unavailable` if it is too old.
    func begin(limitMs: Int) throws(PostgresError) {
        let version = PQserverVersion(link.handle)
        guard version >= Self.oldestVersion else {
            throw refusal(ConnectSentences.tooOld, "it is version \(version / 10_000)")
        }
        if settings.writes { try checkWritable() }
        let before = settings.clock()
        let result = try link.exchange(limitMs: limitMs) { PQsendQuery($0, script) }
        compareClocks(result, between: before, and: settings.clock())
    }

    /// The server, too, finds out that the other side is gone, and keeps no lock for it: a client that is frozen in a
    /// transaction, a connection that is closed in the middle of a statement, a way that ends nowhere.
    private var script: String {
        """
        SET statement_timeout = \(settings.statementLimitMs); SET TimeZone = 'UTC';
        SET idle_in_transaction_session_timeout = \(Self.idleLimitMs); SET client_connection_check_interval = 1000;
        SET tcp_keepalives_idle = 4; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2;
        SET tcp_user_timeout = 8000;
        SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8
        """
    }

    private func checkWritable() throws(PostgresError) {
        if link.parameter("in_hot_standby") == "on" { throw refusal(ConnectSentences.standby) }
        if link.parameter("default_transaction_read_only") == "on" { throw refusal(ConnectSentences.readOnly) }
    }

    private func refusal(_ row: ConnectSentences.Row, _ why: String = "") -> PostgresError {
        row.error(ConnectSigns(text: why), ConnectFailure.facts(link.handle))
    }

    private func compareClocks(_ result: ResultSet, between before: Int64, and after: Int64) {
        let text = result.bytes(0, 0).map { String(decoding: $0, as: UTF8.self) }
        guard let theirs = text.flatMap({ Int64($0) }) else { return }
        let ahead = theirs < before ? theirs - before : max(0, theirs - after)
        guard abs(ahead) > Self.clockLimitMs else { return }
        let seconds = Int((Double(ahead) / 1000).rounded())
        logger.warning("\(ConnectSentences.clock(ConnectFailure.facts(link.handle), secondsAhead: seconds))")
    }
}
