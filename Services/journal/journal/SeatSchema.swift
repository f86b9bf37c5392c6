extension JournalSchema {
    static let seats = """
        -- One row a seat, never deleted: its epoch only grows. Every change makes (epoch, revision, refusals) greater,
        -- and is made only if these are still the ones that were read.
        CREATE TABLE seats (
            seat text COLLATE "C" PRIMARY KEY, epoch int8 NOT NULL DEFAULT 0, revision int8 NOT NULL DEFAULT 0,
            refusals int8 NOT NULL DEFAULT 0, instance text, incarnation text, free bool NOT NULL DEFAULT true,
            claim text, settled_claims text NOT NULL DEFAULT '',
            -- The newest checkpoint, and the one that the owner was given with its claim.
            newest json, found json, changed_at timestamptz NOT NULL DEFAULT now(),
            CHECK (epoch >= 0 AND revision >= 0)) WITH (fillfactor = 50);
        """
}
