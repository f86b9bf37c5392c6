import Postgres

/// The tables of database `journal`. Shipped steps never change.
enum JournalSchema {
    static let migrations = [Migration(number: 1, name: "events, entries", sql: first)]

    private static let first = """
        -- Every durable event, byte for byte. `month` comes from the event itself, so that a repeated one meets its
        -- first copy, and the table can be partitioned by it.
        CREATE TABLE events (
            month date NOT NULL, source text NOT NULL, id text NOT NULL, type text NOT NULL,
            seat text, call text, epoch int8, sequence int8, stored_at timestamptz NOT NULL DEFAULT now(),
            body bytea NOT NULL, PRIMARY KEY (month, source, id));
        CREATE INDEX ON events (call, epoch, sequence);
        -- One row a call: the fold of its events (JSON), from which its entry is made.
        CREATE TABLE entries (
            call text PRIMARY KEY, seat text NOT NULL, started_at timestamptz, final bool NOT NULL,
            version int8 NOT NULL, fold bytea NOT NULL);
        CREATE INDEX ON entries (seat, started_at DESC, call DESC);
        """
}
