import LocalHouse

/// What a proof needs to know of each stored event and only the database can tell: in which order the rows came, on
/// whose connection, and when they were committed. The table's own `stored_at` is the same for all of a transaction.
///
/// The columns stand in the harness' database alone; the journal's statements name theirs and do not see them.
extension PostgresServer {
    /// Before the first start of a journal. Restarts the server.
    func keepCommitTimes() async throws(HouseError) {
        set(["track_commit_timestamp=on"])
        await stop()
        try await start()
    }

    /// After a journal has made its tables.
    func markStoring() async throws(HouseError) {
        try await sql(
            """
            CREATE SEQUENCE stored_order;
            GRANT USAGE ON SEQUENCE stored_order TO PUBLIC;
            ALTER TABLE events ADD COLUMN stored_order int8, ADD COLUMN stored_by text;
            ALTER TABLE events ALTER COLUMN stored_order SET DEFAULT nextval('stored_order'),
                ALTER COLUMN stored_by SET DEFAULT current_setting('application_name');
            """, database: "journal")
    }
}
