import CLibPQ
import Glibc
import Logging

/// Owns one `PGconn`: connecting, one command and its result at a time, time limits. Blocks the calling thread.
final class Link {
    static let connectLimitMs = 5_000

    let handle: OpaquePointer
    private let notices: NoticeLog
    private(set) var isUsable = true

    /// - Throws: what to mend when there is no connection after `connectLimitMs`.
    init(url: String, name: String, logger: Logger) throws(PostgresError) {
        try ConnectFailure.check(url)
        guard let handle = Self.begin(url, name) else {
            throw PostgresError(.unavailable, "libpq could not allocate a connection: out of memory")
        }
        (self.handle, notices) = (handle, NoticeLog(logger))
        // SQLSTATE reaches us in the text only: there is no PGresult before a connection stands.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        PQsetNoticeProcessor(handle, NoticeLog.processor, Unmanaged.passUnretained(notices).toOpaque())
        do { try finishConnecting() } catch {
            giveUp()
            throw error
        }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        PQsetnonblocking(handle, 1)
    }
    deinit { PQfinish(handle) }

    /// Nothing more is sent; the socket is closed with this object.
    func giveUp() { isUsable = false }

    /// Sends one command and waits for the last of its results.
    /// - Throws: `.statement` with SQLSTATE if the server refused; `.lost` or `.timeout` if the connection is gone.
    func exchange(limitMs: Int, _ command: (OpaquePointer) -> Int32) throws(PostgresError) -> ResultSet {
        let deadline = try beginWork(limitMs: limitMs)
        guard command(handle) == 1 else { throw lost() }
        try flush(until: deadline)
        var last: ResultSet?, refused: ResultSet?
        while let result = try next(until: deadline) {
            if result.status == PGRES_FATAL_ERROR { refused = refused ?? result }
            last = result
        }
        if let refused { throw failure(of: refused) }
        guard let last else { throw lost() }
        return last
    }

    /// - Returns: when the work must be over.
    func beginWork(limitMs: Int) throws(PostgresError) -> ContinuousClock.Instant {
        guard isUsable else { throw PostgresError(.lost, "the database connection is gone") }
        return ContinuousClock.now + .milliseconds(limitMs)
    }

    /// Settings before the URL may be overridden by it, those after it may not.
    private static func begin(_ url: String, _ name: String) -> OpaquePointer? {
        let settings = [
            ("keepalives", "1"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"), ("dbname", url), ("client_encoding", "UTF8"), ("application_name", name),
        ]
        var keywords = settings.map { UnsafePointer(strdup($0.0)) }
        var values = settings.map { UnsafePointer(strdup($0.1)) }
        defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
        keywords.append(nil)
        values.append(nil)
        return PQconnectStartParams(keywords, values, 1)
    }

    private func finishConnecting() throws(PostgresError) {
        let deadline = ContinuousClock.now + .milliseconds(Self.connectLimitMs)
        guard PQstatus(handle) != CONNECTION_BAD else { throw ConnectFailure.error(of: handle) }
        var wanted = PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            guard wanted != PGRES_POLLING_FAILED else { throw ConnectFailure.error(of: handle) }
            let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard wait(for: Int16(events), until: deadline) else {
                throw ConnectFailure.late(handle, afterMs: Self.connectLimitMs)
            }
            wanted = PQconnectPoll(handle)
        }
    }

    func flush(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                // The server may be talking to us while we talk to it: read too, or both wait for ever.
                guard wait(for: Int16(POLLIN | POLLOUT), until: deadline) else { throw late() }
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    func next(until deadline: ContinuousClock.Instant) throws(PostgresError) -> ResultSet? {
        while PQisBusy(handle) == 1 {
            guard wait(for: Int16(POLLIN), until: deadline) else { throw late() }
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle).map(ResultSet.init)
    }

    /// Waits for the socket. False when the time is over.
    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        var entry = pollfd(fd: PQsocket(handle), events: events, revents: 0)
        while true {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { return false }
            let ready = poll(&entry, 1, Int32(left.rounded(.up)))
            if ready > 0 || (ready < 0 && errno != EINTR) { return true }  // libpq finds out what is wrong.
        }
    }

    func failure(of result: ResultSet) -> PostgresError {
        let text = result.errorText
        guard PQstatus(handle) != CONNECTION_BAD else {
            giveUp()
            let why = text.isEmpty ? Self.text(of: handle) : text
            return PostgresError(.lost, "the database connection was lost: \(why)", sqlState: result.sqlState)
        }
        if result.sqlState == "57014" {
            return PostgresError(.timeout, "the database gave the statement up: \(text)", sqlState: result.sqlState)
        }
        return PostgresError(.statement, "the database refused the statement: \(text)", sqlState: result.sqlState)
    }

    func lost() -> PostgresError {
        giveUp()
        return PostgresError(.lost, "the database connection was lost: \(Self.text(of: handle))")
    }

    private func late() -> PostgresError {
        giveUp()
        return PostgresError(.timeout, "the database did not answer in time; the connection is closed")
    }

    static func text(of handle: OpaquePointer) -> String {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let lines = text.split(separator: "\n").map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
        return lines.isEmpty ? "no reason given" : lines.joined(separator: "; ")
    }
}

/// Where the server's notices go: libpq would print them on stderr.
private final class NoticeLog {
    private let logger: Logger
    init(_ logger: Logger) { self.logger = logger }

    static let processor: PQnoticeProcessor = { context, message in
        guard let context, let message else { return }
        let text = String(cString: message).split(separator: "\n").joined(separator: "; ")
        Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().logger.info(
            "notice of the database", metadata: ["notice": "\(text)"])
    }
}
