import Synchronization

/// Whether anybody draws ladders. Each SIP message is an event of its own, half of what a call says; while no tap is
/// there to read them, they are not even written.
final class LadderReaders: Sendable {
    /// How long nothing is written after an event that nobody wanted. A tap that comes sees the first messages this
    /// much later, at most.
    private static let pauseMs: Int64 = 500
    /// Boot-time clock, milliseconds.
    private let quietUntil = Atomic<Int64>(0)

    func areRead(at boot: Int64) -> Bool { boot >= quietUntil.load(ordering: .relaxed) }

    /// The broker gave one back. Called on a thread of the bus.
    var nobodyReads: @Sendable () -> Void {
        { [weak self] in self?.quietUntil.store(SeatClock.boot() + Self.pauseMs, ordering: .relaxed) }
    }
}
