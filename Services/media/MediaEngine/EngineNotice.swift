import TelephonyModel

/// What the engine reports by itself. Given on the engine's notice thread, one after another: hand it on quickly.
public enum EngineNotice: Sendable, Hashable {
    /// The first valid RTP packet from the leg's far side since its last `remote`.
    case firstPacket(LegID)
    /// The key that `collect` waited for; nil after its time.
    case collected(LegID, id: Int, digit: String?)
}
