import BusContract
import Logging
import TelephonyModel

/// The audio of all legs of this process: sockets, relaying, tones, prompts and key presses.
///
/// One real-time worker does the work (`Worker`); this side makes its plans. Every function may be called from any
/// thread and returns within a few milliseconds.
public final class MediaEngine: Sendable {
    private let core: EngineCore
    private let notices: OSThread
    private let logger: Logger

    /// Starts the worker.
    /// - Parameters:
    ///   - address: IPv4 literal of this machine that the far sides can reach.
    ///   - ports: range of UDP ports; each leg takes an even one and the next.
    ///   - country: ISO 3166-1 code of the office, for its tones.
    ///   - promptFolder: holds `<language>/<name>.wav`, 8 kHz mono 16-bit.
    ///   - notice: called on a thread of the engine's own, one notice after another; it may call the engine.
    /// - Throws: `.setting` with the setting to mend, `.system` when threads or descriptors are refused.
    public init(
        address: String, ports: ClosedRange<UInt16>, country: String, promptFolder: String, logger: Logger,
        notice: @escaping @Sendable (EngineNotice) -> Void
    ) throws(MediaEngineError) {
        guard let number = IPv4.parse(address) else {
            throw MediaEngineError(.setting, "rtp.address \"\(address)\" is no IPv4 address")
        }
        let pool = try PortPool(address: number, text: address, range: ports)
        try pool.checkAddress()
        let sounds = try SoundLibrary(country: country, promptFolder: promptFolder)
        let host = try WorkerHost(capacity: pool.capacity, sounds: sounds)
        let core = EngineCore(LegDesk(host: host, sounds: sounds, address: address, pool: pool), host: host)
        do { notices = try OSThread(name: "media-notices") { core.deliver(notice) } } catch {
            _ = core.finish()
            throw error
        }
        (self.core, self.logger) = (core, logger)
        logger.info("media engine runs", metadata: ["address": "\(address)", "legs": "\(pool.capacity)"])
    }

    deinit { stop() }

    /// Opens a port pair for each leg, all or none. A leg hears silence until told otherwise.
    /// - Throws: `.exhausted` when no port pair is left, `.leg` when a leg is open already.
    public func open(_ legs: [LegID]) throws(MediaEngineError) -> [LocalAudio] {
        try core.desk.withLock { desk throws(MediaEngineError) in try desk.open(legs) }
    }

    /// Carries out all commands in order, or none.
    ///
    /// `remote` that says nothing new changes nothing; else `firstPacket` is noticed anew, and another address or port
    /// forgets from where packets came. `hear` of what is heard already changes nothing, but a prompt begins again.
    /// A leg that hears a leg that is closed hears silence.
    /// - Throws: `.leg` for a leg that is not open, `.command` for a command that makes no sense.
    public func apply(_ commands: [MediaCommand]) throws(MediaEngineError) {
        try core.desk.withLock { desk throws(MediaEngineError) in try desk.apply(commands) }
    }

    /// Ends legs; their sockets are closed when this returns. Legs that are not open are left out of the answer.
    public func close(_ legs: [LegID]) -> [MediaFact.Leg] { core.desk.withLock { $0.close(legs) } }

    /// What was counted so far. Legs that are not open are left out.
    public func counters(_ legs: [LegID]) -> [MediaFact.Leg] { core.desk.withLock { $0.counters(legs) } }

    /// Ends the worker and closes every socket; its threads are gone when this returns (but the one it is called on).
    /// Nothing works afterwards.
    public func stop() {
        guard core.finish() else { return }
        notices.join()
        logger.info("media engine stopped")
    }
}
