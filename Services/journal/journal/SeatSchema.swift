extension JournalSchema {
    static let seats = """
        -- One row a seat, never deleted: its epoch only grows. Every change makes (epoch, revision) greater, and is
        -- made only if that pair is still the one that was read.
        CREATE TABLE seats (
            seat text COLLATE "C" PRIMARY KEY, epoch int8 NOT NULL DEFAULT 0, revision int8 NOT NULL DEFAULT 0,
            instance text, incarnation text, free bool NOT NULL DEFAULT true,
            claim text, earlier_claims text NOT NULL DEFAULT '',
            -- The newest checkpoint, and the one that the owner was given with its claim.
            newest json, found json, changed_at timestamptz NOT NULL DEFAULT now(),
            CHECK (epoch >= 0 AND revision >= 0)) WITH (fillfactor = 50);
        """
}
