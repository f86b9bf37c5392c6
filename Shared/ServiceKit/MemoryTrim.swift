import CMalloc

/// Gives memory that a burst of work has left free back to the system: the C library keeps it, so that a service would
/// for ever look as large as in its busiest minute (the SIP library holds each transaction for 32 s, RFC 3261 §17).
enum MemoryTrim {
    /// Beats of the heart between two times.
    static let everyBeats = 20

    /// To be called before there are threads: the C library counts its heaps once, when the second thread asks for
    /// memory. One heap for all of them: a thread's own heap grows page by page, one
    /// system call and one page fault each, and no two threads of a service ask for memory at the same time for long.
    static func shareHeap() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_TOP_PAD, 256 << 10)
    }

    /// Takes some milliseconds of one thread; others wait for memory no longer than that.
    static func giveBack() { malloc_trim(0) }
}
