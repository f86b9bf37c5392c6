import Postgres

/// The tables of database `presence`. Shipped steps never change.
enum PresenceSchema {
    static let migrations = [
        Migration(number: 1, name: "directory, tokens, lines", sql: first),
        Migration(number: 2, name: "ring plans, rules, trunks in full", sql: second),
    ]

    private static let first = """
        -- One row: the office's numbers, and the revision of the whole directory.
        CREATE TABLE office (
            one bool PRIMARY KEY DEFAULT true CHECK (one), revision int8 NOT NULL, country text NOT NULL,
            area_code text NOT NULL, outside_prefix text NOT NULL, internal_bands text NOT NULL,
            trunk_number text NOT NULL);
        CREATE TABLE trunks (
            trunk text PRIMARY KEY, address text NOT NULL, port int4 NOT NULL, outside_prefix text NOT NULL,
            bypass_prefix text NOT NULL, sip_channels int4 NOT NULL, outside_channels int4 NOT NULL,
            reserve int4 NOT NULL);
        CREATE TABLE users (
            user_id text PRIMARY KEY, name text NOT NULL, office_number text NOT NULL, extension text NOT NULL,
            language text NOT NULL, password_hash text NOT NULL, active text NOT NULL,
            -- The active device that the user chose himself.
            chosen text, fallback_number text, fallback_reach text);
        CREATE TABLE devices (
            user_id text REFERENCES users ON DELETE CASCADE, device text, place int4 NOT NULL, name text NOT NULL,
            kind text NOT NULL, reach text NOT NULL, number text NOT NULL, answer_guard text NOT NULL,
            ring_seconds int4 NOT NULL, PRIMARY KEY (user_id, device));
        -- A token itself is nowhere but with its holder.
        CREATE TABLE tokens (
            sha256 bytea PRIMARY KEY, user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
            expires_at timestamptz NOT NULL);
        CREATE INDEX ON tokens (user_id);
        -- A row is a line in use; how many are in use is never kept but counted.
        CREATE TABLE lines (
            leg text, kind text CHECK (kind IN ('sip', 'outside')), trunk text NOT NULL, seat text NOT NULL,
            call text NOT NULL, epoch int8 NOT NULL, since timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (leg, kind));
        CREATE INDEX ON lines (trunk, kind);
        CREATE INDEX ON lines (seat);
        -- The highest epoch that reserved lines for a seat: an owner from before it gets none.
        CREATE TABLE seats (seat text PRIMARY KEY, epoch int8 NOT NULL);
        """

    /// What the bus calls them, as JSON: nobody searches in it. Null in a row that an older version wrote.
    private static let second = """
        ALTER TABLE office ADD COLUMN time_zone text;
        -- A whole DirectoryTrunk; the columns beside it are what lines are counted by, and its first target.
        ALTER TABLE trunks ADD COLUMN facts jsonb;
        -- `chosen` may hold the id of a ring plan, too.
        ALTER TABLE users ADD COLUMN active_plan text, ADD COLUMN plans jsonb, ADD COLUMN rules jsonb;
        """
}
