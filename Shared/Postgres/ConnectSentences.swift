/// What is known of a failed connect.
struct ConnectSigns {
    /// SQLSTATE, if the server spoke.
    var state: String?
    /// The function of the server that refused.
    var routine: String?
    /// What libpq says.
    var text: String
    var needsPassword = false
}

/// What the sentences are about.
struct ConnectFacts { let host: String, port: String, user: String, database: String }

/// What can keep a connection from standing, and what to do: the first row that fits counts.
enum ConnectSentences {
    struct Row {
        let kind: PostgresError.Kind
        /// What must be so; what is nil need not be looked at.
        var state: String?, routine: String?, text: String?
        /// With {place}, {host}, {user}, {database} and {why} to be filled in.
        let sentence: String
    }

    static func error(_ signs: ConnectSigns, _ facts: ConnectFacts) -> PostgresError {
        if signs.needsPassword { return noPassword.error(signs, facts) }
        let rows = signs.state == nil ? fromLibrary : fromServer
        return (rows.first { $0.fits(signs) } ?? (signs.state == nil ? silence : refusal)).error(signs, facts)
    }

    static let noPassword = Row(
        kind: .login, sentence: "{place} asks for a password, and none is given: put it behind the user, user:password@"
    )
    static let late = Row(
        kind: .unreachable, sentence: "{place} did not answer in time: mend host, port or firewall ({why})")
    private static let silence = Row(
        kind: .unreachable, sentence: "no PostgreSQL answers at {place}: start it, or mend host and port ({why})")
    private static let refusal = Row(kind: .unavailable, sentence: "{place} takes no connection now ({why})")

    /// The server has answered with an SQLSTATE.
    static let fromServer = [
        Row(kind: .login, state: "28P01", sentence: "{place} refused user \"{user}\": mend user or password ({why})"),
        Row(
            kind: .login, state: "28000", routine: "InitializeSessionUserId",
            sentence: "{place} has no role \"{user}\" that may log in: CREATE ROLE \"{user}\" LOGIN, or mend the user"),
        Row(
            kind: .tls, state: "28000", text: "client certificate",
            sentence: "{place} asks for a certificate of user \"{user}\": give it with sslcert and sslkey ({why})"),
        Row(
            kind: .login, state: "28000", routine: "ClientAuthentication",
            sentence:
                "pg_hba.conf of {place} does not let user \"{user}\" into database \"{database}\" this way: add a "
                + "line there; where it asks for hostssl, set sslmode=verify-full ({why})"),
        Row(
            kind: .login, state: "28000",
            sentence: "{place} refused user \"{user}\": mend the user, or its line in pg_hba.conf ({why})"),
        Row(
            kind: .missingDatabase, state: "3D000",
            sentence: "{place} has no database \"{database}\": create it, or mend the name"),
        Row(
            kind: .permission, state: "42501",
            sentence: "user \"{user}\" may not enter database \"{database}\" at {place}: GRANT CONNECT ON DATABASE "
                + "\"{database}\" TO \"{user}\" ({why})"),
        Row(
            kind: .missingDatabase, state: "55000",
            sentence: "database \"{database}\" at {place} takes no connections: ALTER DATABASE \"{database}\" "
                + "ALLOW_CONNECTIONS true, or mend the name"),
        Row(
            kind: .unavailable, state: "53300",
            sentence: "{place} has no connection left for user \"{user}\": raise its max_connections or the role's "
                + "CONNECTION LIMIT, or lower database.connections ({why})"),
        Row(
            kind: .unavailable, state: "57P03",
            sentence: "{place} starts or stops at the moment; it will be tried again ({why})"),
        Row(
            kind: .badURL, state: "42704", sentence: "{place} does not know what stands in \"options\": mend it ({why})"
        ),
        Row(
            kind: .badURL, state: "22023", sentence: "{place} does not take what stands in \"options\": mend it ({why})"
        ),
    ]

    /// libpq says it; its texts are English in a program that sets no locale.
    static let fromLibrary = [
        Row(
            kind: .tls, text: "server does not support SSL",
            sentence: "{place} speaks no TLS, and sslmode asks for it: set ssl = on in its postgresql.conf; "
                + "sslmode=disable only where nobody can listen"),
        Row(
            kind: .tls, text: "does not match host name",
            sentence:
                "the certificate of {place} is not made out to \"{host}\": name the host as the certificate does, "
                + "or have one made for this name (sslmode=verify-full; {why})"),
        Row(
            kind: .tls, text: "certificate verify failed",
            sentence: "the certificate of {place} was not made by the authority in sslrootcert, or is over: set "
                + "sslrootcert to the right authority's certificate ({why})"),
        Row(
            kind: .tls, text: "root certificate file",
            sentence: "sslrootcert has no certificate of an authority: set it to a PEM file ({why})"),
        Row(
            kind: .tls, text: "locate root certificate",
            sentence: "sslmode checks certificates, and sslrootcert is not set: set it to a PEM file ({why})"),
        Row(
            kind: .tls, text: "private key",
            sentence: "sslkey does not fit: it must be the key of sslcert, in a file that its owner alone reads ({why})"
        ),
        Row(
            kind: .tls, text: "certificate file",
            sentence: "sslcert cannot be read: set it to a PEM file with the client's certificate ({why})"),
        Row(
            kind: .tls, text: "alert",
            sentence: "{place} does not accept the certificate in sslcert: use one of an authority it knows ({why})"),
        Row(
            kind: .readOnly, text: "read-only",
            sentence: "all servers named are read-only: name the primary, or mend target_session_attrs ({why})"),
        Row(
            kind: .readOnly, text: "hot standby",
            sentence: "no server named is what target_session_attrs asks for: name the primary, or mend it ({why})"),
        Row(
            kind: .unreachable, text: "could not translate host name",
            sentence: "the name \"{host}\" is not known: mend the host, or the name server ({why})"),
        Row(
            kind: .unreachable, text: "invalid response to SSL negotiation",
            sentence: "what answers at {place} is no PostgreSQL: mend host and port ({why})"),
        Row(
            kind: .unreachable, text: "expected authentication request",
            sentence: "what answers at {place} is no PostgreSQL: mend host and port ({why})"),
        Row(
            kind: .badURL, text: "could not parse network address",
            sentence: "hostaddr is no address: mend it ({why})"),
        Row(
            kind: .badURL, text: "definition of service",
            sentence: "the service is not in pg_service.conf: mend the name, or write host and port out ({why})"),
    ]

    // MARK: After the connection stands

    static let standby = Row(
        kind: .readOnly,
        sentence: "{place} is a standby and takes no changes: name the primary, or add target_session_attrs=read-write "
            + "and all hosts")
    static let readOnly = Row(
        kind: .readOnly,
        sentence: "database \"{database}\" at {place} takes no changes: ALTER DATABASE or ALTER ROLE … RESET "
            + "default_transaction_read_only")
    static let tooOld = Row(
        kind: .unavailable, sentence: "{place} is too old: PostgreSQL 14 or later is needed ({why})")

    static func clock(_ facts: ConnectFacts, secondsAhead: Int) -> String {
        let far = secondsAhead > 0 ? "\(secondsAhead) s ahead of" : "\(-secondsAhead) s behind"
        return "database.url: the clock of \(facts.host):\(facts.port) is \(far) this machine's: let both follow NTP, "
            + "or times of log-ins and entries are wrong"
    }
}

extension ConnectSentences.Row {
    func fits(_ signs: ConnectSigns) -> Bool {
        (state == nil || state == signs.state) && (routine == nil || routine == signs.routine)
            && text.map { signs.text.contains($0) } ?? true
    }

    func error(_ signs: ConnectSigns, _ facts: ConnectFacts) -> PostgresError {
        let words = [
            "{place}": "\(facts.host):\(facts.port)", "{host}": facts.host, "{user}": facts.user,
            "{database}": facts.database, "{why}": signs.text,
        ]
        var filled = ""
        var rest = sentence[...]
        while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
            filled += rest[..<start] + (words[String(rest[start...end])] ?? "")
            rest = rest[rest.index(after: end)...]
        }
        return PostgresError(kind, "database.url: " + filled + rest, sqlState: signs.state)
    }
}
