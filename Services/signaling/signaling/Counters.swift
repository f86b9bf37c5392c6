import BusClient
import Logging
import SIPStack

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
    /// 3xx answers to our INVITEs that name no number which may be called.
    var nowhereToGo = 0
    /// Lines that were let through or refused without presence's word.
    var guessedLines = 0
    /// Media that was gone when it was needed.
    var lostMedia = 0

    var metadata: Logger.Metadata {
        [
            "foreign": "\(foreign)", "unknownNumber": "\(unknownNumber)", "loops": "\(loops)",
            "notReady": "\(notReady)", "unusableSDP": "\(unusableSDP)", "guessedLines": "\(guessedLines)",
            "lostMedia": "\(lostMedia)", "nowhereToGo": "\(nowhereToGo)",
        ]
    }
}

/// All that was turned away or lost, by whoever noticed it. What is merely busy (confirms, handles, slow turns) is no
/// part of it.
struct TurnedAway: Equatable {
    var driver: Counters
    var sip: SIPCounters
    var bus: BusCounters

    init(driver: Counters, sip: SIPCounters, bus: BusCounters) {
        (self.driver, self.sip, self.bus) = (driver, sip, bus)
        (self.sip.records, self.sip.handles, self.sip.slow, self.bus.confirmed) = (0, 0, 0, 0)
    }

    var isNothing: Bool { metadata.values.allSatisfy { $0 == "0" } }

    var metadata: Logger.Metadata {
        var all = driver.metadata
        let others = [
            "sipMalformed": sip.malformed, "sipBodyTooLarge": sip.bodyTooLarge,
            "sipHeaderTooLarge": sip.headerTooLarge, "sipBadContact": sip.badContact, "sipNotServed": sip.notServed,
            "sipStrangers": sip.strangers, "sipUnclaimed": sip.unclaimed, "sipUnadmitted": sip.unadmitted,
            "sipStrangerConnections": sip.strangerConnections, "sipCrowdedConnections": sip.crowdedConnections,
            "sipSilentConnections": sip.silentConnections, "busDropped": bus.dropped, "busLosses": bus.losses,
            "busReturned": bus.returned, "busStrayReplies": bus.strayReplies, "busDead": bus.dead,
            "busUnreadable": bus.unreadable,
        ]
        for (name, count) in others { all[name] = "\(count)" }
        return all
    }
}

/// Logs the counters when they changed, once a minute at most.
struct CounterReport {
    private var last: TurnedAway?
    private var nextAt: Int64 = 0

    mutating func report(_ counted: TurnedAway, to logger: Logger, at boot: Int64) {
        guard boot >= nextAt, counted != last, last != nil || !counted.isNothing else { return }
        logger.info("turned away", metadata: counted.metadata)
        (last, nextAt) = (counted, boot + 60_000)
    }
}
