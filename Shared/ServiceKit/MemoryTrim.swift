import CMalloc

/// Gives memory that a burst of work has left free back to the system: the C library keeps it, so that a service would
/// for ever look as large as in its busiest minute (the SIP library holds each transaction for 32 s, RFC 3261 §17).
enum MemoryTrim {
    /// Beats of the heart between two times.
    static let everyBeats = 20

    /// Takes some milliseconds of one thread; others wait for memory no longer than that.
    static func giveBack() { malloc_trim(0) }
}
