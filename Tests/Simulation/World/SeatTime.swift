import TelephonyModel

/// The seat's clock against the world's. Each owner counts on from what the last one wrote, by wall clocks that may be
/// minutes apart; never backwards.
struct SeatTime {
    /// What the seat's clock is ahead.
    private var ahead: Int64 = 0
    /// While nobody owns the seat: by the seat's clock, when it was left.
    private var leftAt: Instant?
    private(set) var ownedAgainAt = Instant(milliseconds: 0)
    /// How long nobody owned the seat so far, in milliseconds.
    private(set) var ownerless: Int64 = 0

    var isOwned: Bool { leftAt == nil }

    func seat(_ world: Instant) -> Instant { world + ahead }
    func world(_ seat: Instant) -> Instant { seat + -ahead }

    /// Time in which somebody was there to do something: what limits are held against.
    func awake(_ world: Instant) -> Int64 { world.milliseconds - ownerless }

    mutating func stops(at world: Instant, for gap: Int64) {
        (leftAt, ownedAgainAt) = (seat(world), world + gap)
        ownerless += gap
    }

    mutating func goesOn(at world: Instant, skew: Int64) {
        let read = seat(world) + skew
        ahead = max(read, leftAt ?? read) - world
        leftAt = nil
    }
}
