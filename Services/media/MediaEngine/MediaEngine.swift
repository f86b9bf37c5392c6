import BusContract
import Logging
import TelephonyModel

/// The audio of all legs of this process: sockets, relaying, tones, prompts and key presses.
public final class MediaEngine: Sendable {
    public init(
        address: String, ports: ClosedRange<UInt16>, country: String, promptFolder: String, logger: Logger,
        notice: @escaping @Sendable (EngineNotice) -> Void
    ) throws(MediaEngineError) {
        throw MediaEngineError(.system, "the worker is not there yet")
    }

    /// Opens a port pair for each leg, all or none. A leg hears silence until told otherwise.
    public func open(_ legs: [LegID]) throws(MediaEngineError) -> [LocalAudio] {
        throw MediaEngineError(.system, "the worker is not there yet")
    }

    /// Carries out all commands in order, or none.
    public func apply(_ commands: [MediaCommand]) throws(MediaEngineError) {}

    /// Ends legs; their sockets are closed when this returns. Legs that are not open are left out of the answer.
    public func close(_ legs: [LegID]) -> [MediaFact.Leg] { [] }

    /// What was counted so far. Legs that are not open are left out.
    public func counters(_ legs: [LegID]) -> [MediaFact.Leg] { [] }

    /// Ends the worker and closes every socket. Nothing works afterwards.
    public func stop() {}
}
