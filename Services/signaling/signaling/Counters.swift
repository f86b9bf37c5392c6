import Logging

/// What was turned away, and why: counted, since a flood of it must not become a flood of log lines.
struct Counters: Equatable {
    /// INVITEs from an address that is no trunk's.
    var foreign = 0
    var unknownNumber = 0
    /// INVITEs that came from us in the first place.
    var loops = 0
    /// INVITEs while the directory was not known yet, or the process was ending.
    var notReady = 0
    /// Offers and answers without audio that we can talk over.
    var unusableSDP = 0
    /// Lines that were let through or refused without presence's word.
    var guessedLines = 0
    /// Media that was gone when it was needed.
    var lostMedia = 0

    var metadata: Logger.Metadata {
        [
            "foreign": "\(foreign)", "unknownNumber": "\(unknownNumber)", "loops": "\(loops)",
            "notReady": "\(notReady)", "unusableSDP": "\(unusableSDP)", "guessedLines": "\(guessedLines)",
            "lostMedia": "\(lostMedia)",
        ]
    }
}

/// Logs the counters when they changed, once a minute at most.
struct CounterReport {
    private var last = Counters()
    private var nextAt: Int64 = 0

    mutating func report(_ counters: Counters, to logger: Logger, at boot: Int64) {
        guard boot >= nextAt, counters != last else { return }
        logger.info("turned away", metadata: counters.metadata)
        (last, nextAt) = (counters, boot + 60_000)
    }
}
