import CLibPQ
import Glibc
import Logging

/// Owns one `PGconn`: connecting, one command and its result at a time, time limits. Blocks the calling thread.
final class Link {
    static let connectLimitMs = 5_000
    /// How long cancelling may take, the connection for it and the asking each.
    private static let cancelLimitMs = 500

    let handle: OpaquePointer
    private let settings: ConnectionSettings
    private let notices: NoticeLog
    private let interrupt: Interrupt?
    private(set) var isUsable = true

    /// How waiting for the socket ended.
    private enum Wait { case ready, late, interrupted }

    /// - Parameter interrupt: ends whatever is waited for.
    /// - Throws: what to mend when there is no connection after `limitMs`.
    init(_ settings: ConnectionSettings, interrupt: Interrupt?, limitMs: Int = connectLimitMs, logger: Logger)
        throws(PostgresError)
    {
        if let why = DatabaseURL.problem(settings.url) { throw DatabaseURL.error(why) }
        guard let handle = Self.begin(settings) else {
            throw PostgresError(.unavailable, "libpq could not allocate a connection: out of memory")
        }
        (self.handle, notices) = (handle, NoticeLog(logger))
        (self.settings, self.interrupt) = (settings, interrupt)
        // SQLSTATE reaches us in the text only: there is no PGresult before a connection stands.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        PQsetNoticeProcessor(handle, NoticeLog.processor, Unmanaged.passUnretained(notices).toOpaque())
        do { try finishConnecting(limitMs) } catch {
            giveUp()
            throw error
        }
        PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        PQsetnonblocking(handle, 1)
    }
    deinit { PQfinish(handle) }

    /// Nothing more is sent; the socket is closed with this object.
    func giveUp() { isUsable = false }

    /// Whether the server has not ended the connection while nothing was asked of it. Does not wait.
    var isAlive: Bool {
        var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        while isUsable, poll(&entry, 1, 0) > 0 {
            if PQconsumeInput(handle) != 1 || PQstatus(handle) != CONNECTION_OK { giveUp() }
        }
        return isUsable
    }

    /// A setting that the server reports by itself.
    func parameter(_ name: String) -> String? { PQparameterStatus(handle, name).map { String(cString: $0) } }

    // MARK: Commands

    /// Sends one command and waits for the last of its results.
    /// - Throws: `.statement` with SQLSTATE if the server refused; `.lost` or `.timeout` if the connection is gone.
    func exchange(limitMs: Int, _ command: (OpaquePointer) -> Int32) throws(PostgresError) -> ResultSet {
        let deadline = try beginWork(limitMs: limitMs)
        guard command(handle) == 1 else { throw lost() }
        try flush(until: deadline)
        var last: ResultSet?
        var refused: ResultSet?
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

    func flush(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                // The server may be talking to us while we talk to it: read too, or both wait for ever.
                try ready(for: Int16(POLLIN | POLLOUT), until: deadline)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    func next(until deadline: ContinuousClock.Instant) throws(PostgresError) -> ResultSet? {
        while PQisBusy(handle) == 1 {
            try ready(for: Int16(POLLIN), until: deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle).map(ResultSet.init)
    }

    // MARK: Waiting

    private func ready(for events: Int16, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        switch wait(for: events, until: deadline) {
        case .ready: return
        case .late:
            cancel()
            throw PostgresError(.timeout, "the database did not answer in time; the connection is closed")
        case .interrupted:
            cancel()
            throw PostgresError(.closed, "the database was closed before the work was done")
        }
    }

    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) -> Wait {
        var entries = [
            pollfd(fd: PQsocket(handle), events: events, revents: 0),
            pollfd(fd: interrupt?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { return .late }
            let ready = poll(&entries, 2, Int32(left.rounded(.up)))
            if entries[1].revents != 0 { return .interrupted }
            if ready > 0 || (ready < 0 && errno != EINTR) { return .ready }  // libpq finds out what is wrong.
        }
    }

    /// Asks the server over a second connection to give up what this one does, and uses this one no more. `PQcancel`
    /// of libpq 15 sends its key unencrypted even if the connection is not, and waits without a limit.
    private func cancel() {
        giveUp()
        let (limitMs, pid) = (Self.cancelLimitMs, PQbackendPID(handle))
        do {
            let second = try Link(settings, interrupt: nil, limitMs: limitMs, logger: notices.logger)
            _ = try second.exchange(limitMs: limitMs) { PQsendQuery($0, "SELECT pg_cancel_backend(\(pid))") }
        } catch {
            // The server finds out by itself that nobody is there: client_connection_check_interval.
            notices.logger.debug("a statement is not cancelled", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Connecting

    /// Settings before the URL may be overridden by it, those after it may not.
    private static func begin(_ settings: ConnectionSettings) -> OpaquePointer? {
        let all = [
            ("keepalives", "1"), ("keepalives_idle", "4"), ("keepalives_interval", "2"), ("keepalives_count", "2"),
            ("tcp_user_timeout", "8000"), ("dbname", settings.url), ("client_encoding", "UTF8"),
            ("application_name", settings.name),
        ]
        var keywords = all.map { UnsafePointer(strdup($0.0)) }
        var values = all.map { UnsafePointer(strdup($0.1)) }
        defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
        keywords.append(nil)
        values.append(nil)
        return PQconnectStartParams(keywords, values, 1)
    }

    private func finishConnecting(_ limitMs: Int) throws(PostgresError) {
        let deadline = ContinuousClock.now + .milliseconds(limitMs)
        guard PQstatus(handle) != CONNECTION_BAD else { throw ConnectFailure.error(of: handle) }
        var wanted = PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            guard wanted != PGRES_POLLING_FAILED else { throw ConnectFailure.error(of: handle) }
            switch wait(for: Int16(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), until: deadline) {
            case .ready: wanted = PQconnectPoll(handle)
            case .late: throw ConnectFailure.late(handle, afterMs: limitMs)
            case .interrupted: throw PostgresError(.closed, "the database was closed before it was connected to")
            }
        }
    }

    // MARK: Errors

    func failure(of result: ResultSet) -> PostgresError {
        let text = result.errorText
        guard PQstatus(handle) != CONNECTION_BAD else {
            giveUp()
            let why = text.isEmpty ? Self.text(of: handle) : text
            return PostgresError(.lost, "the database connection was lost: \(why)", sqlState: result.sqlState)
        }
        let (kind, sentence) = Self.meaning(of: result.sqlState)
        return PostgresError(kind, "\(sentence): \(text)", sqlState: result.sqlState)
    }

    private static func meaning(of state: String?) -> (PostgresError.Kind, String) {
        switch state {
        case "57014": (.timeout, "the database gave the statement up")
        case "25006": (.readOnly, "the database takes no changes: name the primary server in database.url")
        case "42501": (.permission, "the user in database.url lacks a right: let the database belong to it")
        default: (.statement, "the database refused the statement")
        }
    }

    func lost() -> PostgresError {
        giveUp()
        return PostgresError(.lost, "the database connection was lost: \(Self.text(of: handle))")
    }

    static func text(of handle: OpaquePointer) -> String {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        let lines = text.split(separator: "\n").map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
        return lines.isEmpty ? "no reason given" : lines.joined(separator: "; ")
    }
}

/// Where the server's notices go: libpq would print them on stderr.
private final class NoticeLog {
    let logger: Logger
    init(_ logger: Logger) { self.logger = logger }

    static let processor: PQnoticeProcessor = { context, message in
        guard let context, let message else { return }
        let text = String(cString: message).split(separator: "\n").joined(separator: "; ")
        Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().logger.info(
            "notice of the database", metadata: ["notice": "\(text)"])
    }
}
