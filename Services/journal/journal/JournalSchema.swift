import Postgres

/// The tables of database `journal`. Shipped steps never change.
enum JournalSchema {
    static let migrations = [
        Migration(number: 1, name: "events, entries", sql: first),
        // It copies the whole event log.
        Migration(number: 2, name: "months, marks, dead letters", sql: second, limitMs: 3_600_000),
        Migration(number: 3, name: "seats", sql: seats),
        Migration(number: 4, name: "untold entries, events behind", sql: fourth),
    ]

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

    private static let second = """
        ALTER TABLE events RENAME TO events_before;
        ALTER INDEX events_pkey RENAME TO events_before_pkey;
        -- Every durable event, byte for byte. `month` comes from the id (JournalCore/Month.swift).
        CREATE TABLE events (
            month date NOT NULL, id text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL, type text NOT NULL,
            seat text, call text COLLATE "C", epoch int8, sequence int8, superseded bool NOT NULL DEFAULT false,
            stored_at timestamptz NOT NULL DEFAULT now(), body bytea NOT NULL, PRIMARY KEY (id, source, month))
            PARTITION BY RANGE (month);
        CREATE INDEX ON events (call);
        -- What tells no month, or one for which there is no partition.
        CREATE TABLE events_other PARTITION OF events DEFAULT;
        \(monthOfID)
        \(makeMonth)
        SELECT make_month(month) FROM (SELECT DISTINCT pg_temp.month_of_id(id) AS month FROM events_before) AS told;
        INSERT INTO events (month, id, source, type, seat, call, epoch, sequence, stored_at, body)
            SELECT pg_temp.month_of_id(id), id, source, type, seat, call, epoch, sequence, stored_at, body
            FROM events_before ORDER BY stored_at ON CONFLICT DO NOTHING;
        DROP TABLE events_before;
        -- The fold is compact JSON, written anew with each change: room for that on its page, and no packing.
        DROP INDEX entries_seat_started_at_call_idx;
        ALTER TABLE entries ALTER COLUMN call TYPE text COLLATE "C", ALTER COLUMN seat TYPE text COLLATE "C",
            ALTER COLUMN fold SET STORAGE EXTERNAL, ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN ended bool NOT NULL DEFAULT false;
        UPDATE entries SET ended = true WHERE convert_from(fold, 'UTF8')::json #>> '{state,value,phase}' = 'ended';
        ALTER TABLE entries SET (fillfactor = 50, toast_tuple_target = 8160);
        CREATE INDEX entries_of_seat ON entries (seat, started_at DESC, call DESC);
        CREATE INDEX entries_open ON entries (call) WHERE NOT final;
        -- What could not be handled anywhere in the house, as `rufbus.dead` told it.
        CREATE TABLE dead (
            number int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text COLLATE "C" NOT NULL,
            source text COLLATE "C" NOT NULL, time text NOT NULL, stored_at timestamptz NOT NULL DEFAULT now(),
            exchange text NOT NULL, key text NOT NULL, why text NOT NULL, body bytea NOT NULL,
            retried_at timestamptz, UNIQUE (id, source));
        """

    private static let fourth = """
        -- Calls whose entry is final and not told of (`journal.written`) yet, with the version that made it final.
        CREATE TABLE untold (
            call text COLLATE "C" PRIMARY KEY, version int8 NOT NULL, since timestamptz NOT NULL DEFAULT now());
        -- When a journal last saw that events wait to be stored, one row.
        CREATE TABLE behind (one bool PRIMARY KEY DEFAULT true CHECK (one), seen_at timestamptz NOT NULL);
        INSERT INTO behind (seen_at) VALUES (now());
        """

    /// What `Month(ofID:)` says, for the rows that are there.
    private static let monthOfID = """
        CREATE FUNCTION pg_temp.milliseconds_of_id(id text) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
            SELECT CASE WHEN id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$'
                THEN ('x' || lpad(substr(id, 1, 8) || substr(id, 10, 4), 16, '0'))::bit(64)::int8 END $$;
        CREATE FUNCTION pg_temp.month_of_id(id text) RETURNS date IMMUTABLE LANGUAGE sql AS $$
            SELECT CASE WHEN m >= 1577836800000 AND m < 4102444800000
                THEN date_trunc('month', to_timestamp(m / 1000) AT TIME ZONE 'UTC')::date ELSE '1970-01-01' END
            FROM (SELECT pg_temp.milliseconds_of_id(id) AS m) AS told $$;
        """

    /// Gives a month its partition, once, and moves there what has come of it already. Months of 1970 and of more than
    /// two months ahead get none: a clock that is far off makes no tables.
    private static let makeMonth = """
        CREATE FUNCTION make_month(month date) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            begins date := date_trunc('month', month)::date;
            ends date := (date_trunc('month', month) + interval '1 month')::date;
            part text := to_char(month, '"events_"YYYY_MM');
        BEGIN
            IF begins < '2020-01-01' OR begins > now() + interval '2 months' OR to_regclass(part) IS NOT NULL THEN
                RETURN;
            END IF;
            PERFORM pg_advisory_xact_lock(hashtext('rufbus events'));
            IF to_regclass(part) IS NOT NULL THEN RETURN; END IF;
            EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING DEFAULTS)', part);
            LOCK TABLE events_other IN ACCESS EXCLUSIVE MODE;
            EXECUTE format(
                'WITH moved AS (DELETE FROM events_other WHERE month >= %L AND month < %L RETURNING *) '
                'INSERT INTO %I SELECT * FROM moved', begins, ends, part);
            EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, begins, ends);
        END $$;
        """
}
